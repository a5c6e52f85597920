(* recruitment -- while every recruitment saves eta bits, there are at most (J0 - floor)/eta of them.

   Source: recruitment, blocks that are added while the code length falls.
   Assumes: points are coded by mixtures of Gaussians whose eigenvalues are at least sigma2 > 0. A
   Gaussian is given by the coordinates y of a point along its eigenvectors, from its mean, and by
   its eigenvalues e; weights are positive and sum to 1 at most.

   Proved: no mixture's density exceeds (2 pi sigma2)^(-d/2) (mixture_le_peak), so points cost
   at least N d/2 log2 (2 pi sigma2) bits (data_bits_floor), attained at the peak (data_bits_at_peak);
   the number of recruitments (recruitments_le_bound); a search that accepts every saving of eta
   ends where no proposal saves eta (search_ends); without a least variance a point costs as few
   bits as one likes (narrow_fails); with refits that may raise J it never ends (refits_fail). *)
Require Import Reals Lra Lia List Bool ZArith.
From Locality Require Import Functions Bounds Sums.
Import ListNotations.
Open Scope R_scope.

Lemma recruitment_floor_bound_eq (d sigma2 : R) :
  recruitment_floor_bound d sigma2 = d / 2 * (ln (2 * PI * sigma2) / ln 2).
Proof.
  assert (0 < ln 2) by (rewrite <- ln_1; apply ln_increasing; lra).
  unfold recruitment_floor_bound. field. lra.
Qed.

Lemma recruitment_bound_eq (J0 eta N d sigma2 : R) :
  0 < eta ->
  recruitment_bound J0 eta N d sigma2 = (J0 - N * recruitment_floor_bound d sigma2) / eta.
Proof.
  intros E. assert (0 < ln 2) by (rewrite <- ln_1; apply ln_increasing; lra).
  rewrite recruitment_floor_bound_eq. unfold recruitment_bound. field. lra.
Qed.

(* ---- densities ---- *)

Definition product {I} (f : I -> R) (axes : list I) : R := fold_right Rmult 1 (map f axes).
Definition gaussian (y e : R) : R := exp (- (y ^ 2 / (2 * e))) / sqrt (2 * PI * e).
Definition density {I} (axes : list I) (y e : I -> R) : R :=
  product (fun i => gaussian (y i) (e i)) axes.
Definition mixture {G K I} (axes : list I) (blocks : list G) (w : G -> R) (e : G -> I -> R)
    (y : G -> K -> I -> R) (x : K) : R :=
  sum (fun g => w g * density axes (y g x) (e g)) blocks.
Definition data_bits {G K I} (points : list K) (axes : list I) (blocks : list G) (w : G -> R)
    (e : G -> I -> R) (y : G -> K -> I -> R) : R :=
  sum (fun x => - (ln (mixture axes blocks w e y x) / ln 2)) points.

Lemma peak_pos (e : R) : 0 < e -> 0 < / sqrt (2 * PI * e).
Proof.
  intros E. apply Rinv_0_lt_compat, sqrt_lt_R0. pose proof PI_RGT_0. nra.
Qed.

Lemma gaussian_pos (y e : R) : 0 < e -> 0 < gaussian y e.
Proof. intros E. apply Rmult_lt_0_compat; [apply exp_pos | now apply peak_pos]. Qed.

Lemma gaussian_le_peak (y e sigma2 : R) :
  0 < sigma2 <= e -> gaussian y e <= / sqrt (2 * PI * sigma2).
Proof.
  intros [S E]. pose proof PI_RGT_0. unfold gaussian, Rdiv.
  rewrite <- (Rmult_1_l (/ sqrt (2 * PI * sigma2))).
  apply Rmult_le_compat; [left; apply exp_pos | left; apply peak_pos; lra | |].
  - rewrite <- exp_0. apply exp_le. assert (0 <= y ^ 2 / (2 * e)); [| unfold Rdiv in *; lra].
    apply Rmult_le_pos; [apply pow2_ge_0 | left; apply Rinv_0_lt_compat; lra].
  - apply Rinv_le_contravar; [apply sqrt_lt_R0; nra |]. apply sqrt_le_1_alt. nra.
Qed.

Lemma product_between {I} (f : I -> R) (c : R) (axes : list I) :
  (forall i, In i axes -> 0 < f i <= c) -> 0 < product f axes <= c ^ length axes.
Proof.
  unfold product. induction axes as [| i axes IH]; intros B; simpl; [lra |].
  destruct IH as [P L]; [intros; apply B; simpl; auto |]. destruct (B i (in_eq i axes)).
  split; [now apply Rmult_lt_0_compat |]. apply Rmult_le_compat; lra.
Qed.

Section Blocks.
Context {G K I : Type} (axes : list I) (blocks : list G) (w : G -> R) (e : G -> I -> R).
Context (y : G -> K -> I -> R) (sigma2 : R).
Context (least : 0 < sigma2) (wide : forall g i, In g blocks -> In i axes -> sigma2 <= e g i).
Context (present : blocks <> []) (positive : forall g, In g blocks -> 0 < w g).

Let peak : R := (/ sqrt (2 * PI * sigma2)) ^ length axes.

Lemma density_between g x : In g blocks -> 0 < density axes (y g x) (e g) <= peak.
Proof.
  intros B. apply product_between. intros i J. pose proof (wide g i B J).
  split; [apply gaussian_pos | apply gaussian_le_peak]; lra.
Qed.

Lemma mixture_pos x : 0 < mixture axes blocks w e y x.
Proof.
  apply sum_pos; [assumption |]. intros g B.
  apply Rmult_lt_0_compat; [auto | now apply density_between].
Qed.

Lemma mixture_le_peak x : sum w blocks <= 1 -> mixture axes blocks w e y x <= peak.
Proof.
  intros W. apply Rle_trans with (sum w blocks * peak).
  - unfold mixture. rewrite <- sum_scale_r. apply sum_le. intros g B. specialize (positive g B).
    apply Rmult_le_compat_l; [lra | now apply density_between].
  - pose proof (peak_pos sigma2 least) as P. pose proof (pow_lt _ (length axes) P) as Q.
    fold peak in Q. nra.
Qed.

Lemma log_peak : - (ln peak / ln 2) = recruitment_floor_bound (size axes) sigma2.
Proof.
  rewrite recruitment_floor_bound_eq. unfold peak, size.
  pose proof PI_RGT_0. assert (T : 0 < 2 * PI * sigma2) by nra.
  rewrite ln_pow, ln_Rinv by (apply peak_pos || apply sqrt_lt_R0; assumption).
  assert (half : ln (sqrt (2 * PI * sigma2)) = ln (2 * PI * sigma2) / 2).
  { assert (E : ln (sqrt (2 * PI * sigma2) * sqrt (2 * PI * sigma2)) = ln (2 * PI * sigma2))
      by (rewrite sqrt_sqrt by lra; reflexivity).
    rewrite ln_mult in E by (apply sqrt_lt_R0; assumption). lra. }
  rewrite half. unfold Rdiv. ring.
Qed.

Theorem data_bits_floor (points : list K) :
  sum w blocks <= 1 ->
  size points * recruitment_floor_bound (size axes) sigma2 <= data_bits points axes blocks w e y.
Proof.
  intros W. assert (0 < ln 2) by (rewrite <- ln_1; apply ln_increasing; lra).
  unfold data_bits. rewrite <- sum_const. apply sum_le. intros x _. rewrite <- log_peak.
  apply Ropp_le_contravar, Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |].
  apply ln_le_iff; [apply mixture_pos | apply pow_lt, peak_pos; assumption |].
  now apply mixture_le_peak.
Qed.
End Blocks.

(* all of one block's points at its mean, all its variances the least *)
Theorem data_bits_at_peak {K I} (points : list K) (axes : list I) (sigma2 : R) :
  0 < sigma2 ->
  data_bits points axes [tt] (fun _ => 1) (fun _ _ => sigma2) (fun _ _ _ => 0)
  = size points * recruitment_floor_bound (size axes) sigma2.
Proof.
  intros S. unfold data_bits. rewrite <- sum_const. apply sum_ext. intros x _.
  rewrite <- log_peak by assumption. do 3 f_equal.
  unfold mixture. rewrite sum_cons, sum_nil, Rplus_0_r, Rmult_1_l. unfold density, product.
  induction axes as [| i axes IH]; simpl; [reflexivity |]. rewrite IH. f_equal.
  unfold gaussian. replace (0 ^ 2 / (2 * sigma2)) with 0 by (field; lra).
  rewrite Ropp_0, exp_0. unfold Rdiv. ring.
Qed.

(* ---- how many recruitments ---- *)

Definition recruited (recruits : nat -> bool) (rounds : nat) : R :=
  INR (length (filter recruits (seq 0 rounds))).

Lemma recruited_saves (J : nat -> R) (recruits : nat -> bool) (eta : R) (rounds : nat) :
  (forall t, (t < rounds)%nat -> J (S t) <= J t - (if recruits t then eta else 0)) ->
  J rounds <= J O - eta * recruited recruits rounds.
Proof.
  unfold recruited. induction rounds as [| t IH]; intros F; [simpl; lra |].
  rewrite seq_S, filter_app, app_length, plus_INR. simpl (0 + t)%nat.
  specialize (F t ltac:(lia)) as L. assert (I := IH ltac:(intros; apply F; lia)).
  simpl. destruct (recruits t); simpl; lra.
Qed.

Theorem recruitments_le_bound (J : nat -> R) (recruits : nat -> bool) (eta N d sigma2 : R)
    (rounds : nat) :
  0 < eta ->
  (forall t, (t < rounds)%nat -> J (S t) <= J t - (if recruits t then eta else 0)) ->
  N * recruitment_floor_bound d sigma2 <= J rounds ->
  recruited recruits rounds <= recruitment_bound (J O) eta N d sigma2.
Proof.
  intros E F L. rewrite recruitment_bound_eq by assumption.
  pose proof (recruited_saves J recruits eta rounds F).
  apply (Rmult_le_reg_l eta); [assumption |].
  replace (eta * ((J O - N * recruitment_floor_bound d sigma2) / eta))
    with (J O - N * recruitment_floor_bound d sigma2) by (field; lra). lra.
Qed.

(* ---- the last scan ---- *)

Definition saves {G} (J : G -> R) (eta : R) (here there : G) : bool :=
  if Rle_dec (J there) (J here - eta) then true else false.

(* accepts the first proposal that saves eta; true if the last scan found none *)
Fixpoint search {G} (J : G -> R) (proposals : G -> list G) (eta : R) (fuel : nat) (g : G) : G * bool :=
  match fuel with
  | O => (g, false)
  | S fuel => match find (saves J eta g) (proposals g) with
              | None => (g, true)
              | Some there => search J proposals eta fuel there
              end
  end.

Theorem search_ends {G} (J : G -> R) (proposals : G -> list G) (eta floor : R) (fuel : nat) (g : G) :
  0 < eta -> (forall h, floor <= J h) -> (J g - floor) / eta < INR fuel ->
  snd (search J proposals eta fuel g) = true /\
  forall p, In p (proposals (fst (search J proposals eta fuel g))) ->
    J p > J (fst (search J proposals eta fuel g)) - eta.
Proof.
  intros E F. revert g. induction fuel as [| fuel IH]; intros g L.
  - exfalso. apply (Rlt_not_le _ _ L). simpl. specialize (F g).
    apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat].
  - simpl. destruct (find (saves J eta g) (proposals g)) as [there |] eqn:S.
    + apply find_some in S as [_ S]. unfold saves in S. destruct (Rle_dec _ _) as [D |]; [| easy].
      apply IH. rewrite S_INR in L. apply (Rmult_lt_compat_l eta) in L; [| assumption].
      apply (Rmult_lt_reg_l eta); [assumption |].
      replace (eta * ((J g - floor) / eta)) with (J g - floor) in L by (field; lra).
      replace (eta * ((J there - floor) / eta)) with (J there - floor) by (field; lra). lra.
    + split; [reflexivity |]. intros p P. pose proof (find_none _ _ S p P) as N. unfold saves in N.
      destruct (Rle_dec _ _) as [| D]; [easy |]. simpl. lra.
Qed.

(* ---- boundaries ---- *)

Theorem narrow_fails (bits : R) :
  exists sigma2, 0 < sigma2 /\
    data_bits [tt] [tt] [tt] (fun _ => 1) (fun _ _ => sigma2) (fun _ _ _ => 0) < bits.
Proof.
  pose proof PI_RGT_0 as P. assert (T : 0 < ln 2) by (rewrite <- ln_1; apply ln_increasing; lra).
  exists (exp (2 * (bits - 1) * ln 2) / (2 * PI)).
  assert (S : 0 < exp (2 * (bits - 1) * ln 2) / (2 * PI))
    by (apply Rdiv_lt_0_compat; [apply exp_pos | lra]).
  split; [assumption |]. rewrite data_bits_at_peak, recruitment_floor_bound_eq by assumption.
  replace (2 * PI * (exp (2 * (bits - 1) * ln 2) / (2 * PI))) with (exp (2 * (bits - 1) * ln 2))
    by (field; lra).
  rewrite ln_exp. unfold size. simpl. replace (1 * (1 / 2 * (2 * (bits - 1) * ln 2 / ln 2)))
    with (bits - 1) by (field; lra). lra.
Qed.

(* every recruitment saves eta, every refit loses it again *)
Theorem refits_fail (eta most : R) :
  0 < eta -> exists (J : nat -> R) (rounds : nat),
    (forall t, 0 <= J t <= eta) /\
    (forall t, Nat.even t = true -> J (S t) <= J t - eta) /\
    recruited Nat.even rounds > most.
Proof.
  intros E. exists (fun t => if Nat.even t then eta else 0).
  assert (C : forall k, recruited Nat.even (2 * k) = INR k).
  { intros k. unfold recruited. f_equal. induction k as [| k IH]; [reflexivity |].
    replace (2 * S k)%nat with (S (S (2 * k))) by lia.
    assert (even : Nat.even (2 * k) = true) by (apply Nat.even_spec; exists k; lia).
    remember (2 * k)%nat as n. rewrite !seq_S, !filter_app, !app_length, IH, !Nat.add_0_l.
    cbn [filter]. rewrite Nat.even_succ, <- Nat.negb_even, even. simpl. lia. }
  exists (2 * Z.to_nat (up most))%nat. rewrite C.
  assert (U : INR (Z.to_nat (up most)) > most).
  { destruct (archimed most) as [A _]. rewrite INR_IZR_INZ.
    assert (IZR (up most) <= IZR (Z.of_nat (Z.to_nat (up most)))) by (apply IZR_le; lia). lra. }
  split; [| split; [| assumption]].
  - intros t. destruct (Nat.even t); lra.
  - intros t T. rewrite T, Nat.even_succ, <- Nat.negb_even, T. simpl. lra.
Qed.
