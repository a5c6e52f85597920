(* Anchor capacity: how far apart B unit vectors of R^d can be.

   A vector is a function of its coordinate, nat -> R, of which the first d count.

   Proved here:
   a common margin of B >= 2 unit vectors is at most B/(B-1)          (few_anchors)
   pairwise negative products: at most d + 1 vectors                  (obtuse_few)
   pairwise nonpositive products: at most 2d vectors that are not 0   (blunt_few)
   both are attained, by the simplex and by the cross-polytope        (simplex_product, cross_...)
   a union bound over pairs                                           (union_of_pairs) *)
Require Import Reals Lra Lia List Bool PeanoNat.
From Locality Require Import Functions Bounds Sums.
Import ListNotations.
Open Scope R_scope.

Definition dot (d : nat) (u v : nat -> R) : R := sum (fun i => u i * v i) (seq 0 d).

(* ---- sums that pick one term ---- *)

Lemma sum_at (keys : list nat) (j : nat) (f : nat -> R) :
  NoDup keys -> In j keys -> sum (fun k => if k =? j then f k else 0) keys = f j.
Proof.
  induction keys as [| k keys IH]; intros D I; [destruct I |].
  apply NoDup_cons_iff in D as [N D]. rewrite sum_cons. destruct (Nat.eqb_spec k j) as [-> | O].
  - rewrite (sum_const_on 0 _ keys); [ring |]. intros i Ii.
    destruct (Nat.eqb_spec i j) as [-> |]; [contradiction | reflexivity].
  - rewrite IH; [ring | assumption | destruct I; [congruence | assumption]].
Qed.

Lemma sum_at_first (d j : nat) (f : nat -> R) :
  (j < d)%nat -> sum (fun k => if k =? j then f k else 0) (seq 0 d) = f j.
Proof. intros L. apply sum_at; [apply seq_NoDup | apply in_seq; lia]. Qed.

(* ---- products ---- *)

Lemma dot_sym (d : nat) (u v : nat -> R) : dot d u v = dot d v u.
Proof. apply sum_ext. intros. ring. Qed.

Lemma dot_nonneg (d : nat) (u : nat -> R) : 0 <= dot d u u.
Proof. apply sum_nonneg. intros. nra. Qed.

Lemma dot_plus_l (d : nat) (u v w : nat -> R) (a : R) :
  dot d (fun i => u i + a * v i) w = dot d u w + a * dot d v w.
Proof. unfold dot. rewrite <- sum_scale, <- sum_plus. apply sum_ext. intros. ring. Qed.

Lemma dot_plus_r (d : nat) (u v w : nat -> R) (a : R) :
  dot d w (fun i => u i + a * v i) = dot d w u + a * dot d w v.
Proof. rewrite dot_sym, dot_plus_l, (dot_sym d u), (dot_sym d v). reflexivity. Qed.

Lemma dot_zero (d : nat) (u v : nat -> R) : dot d u u = 0 -> dot d u v = 0.
Proof.
  intros Z. unfold dot. rewrite (sum_const_on 0); [ring |]. intros i I.
  assert (u i * u i = 0) as S.
  { apply (sum_zero (fun i => u i * u i) (seq 0 d)); [intros; nra | exact Z | exact I]. }
  assert (u i = 0) as -> by nra. ring.
Qed.

Lemma dot_sum_l (d : nat) (keys : list nat) (v : nat -> nat -> R) (w : nat -> R) :
  dot d (fun i => sum (fun k => v k i) keys) w = sum (fun k => dot d (v k) w) keys.
Proof.
  unfold dot. rewrite sum_swap. apply sum_ext. intros i _. now rewrite sum_scale_r.
Qed.

(* ---- the simplex bound: the square of the sum is not negative ---- *)

Lemma few_anchors (B d : nat) (a : nat -> nat -> R) (Delta : R) :
  (2 <= B)%nat -> (forall k, (k < B)%nat -> dot d (a k) (a k) = 1) ->
  (forall j k, (j < B)%nat -> (k < B)%nat -> j <> k ->
    dot d (a j) (a j) - dot d (a j) (a k) >= Delta) ->
  Delta <= anchor_capacity_bound (INR B).
Proof.
  intros L U A. pose proof (le_INR _ _ L) as G. simpl INR in G.
  set (keys := seq 0 B). set (s := fun i => sum (fun k => a k i) keys).
  assert (S : dot d s s = sum (fun j => sum (fun k => dot d (a j) (a k)) keys) keys).
  { unfold s at 1. rewrite dot_sum_l. apply sum_ext. intros j _. rewrite dot_sym. unfold s.
    rewrite dot_sum_l. apply sum_ext. intros. apply dot_sym. }
  assert (T : dot d s s <= sum (fun j => INR B * (1 - Delta) + Delta) keys).
  { rewrite S. apply sum_le. intros j J. apply in_seq in J.
    apply Rle_trans with (sum (fun k => (1 - Delta) + (if k =? j then Delta else 0)) keys).
    - apply sum_le. intros k I. apply in_seq in I. destruct (Nat.eqb_spec k j) as [-> | N].
      + rewrite U by lia. lra.
      + pose proof (A j k ltac:(lia) ltac:(lia) ltac:(lia)) as M. rewrite U in M by lia. lra.
    - unfold keys. rewrite sum_plus, sum_const, (sum_at_first B j (fun _ => Delta)) by lia.
      unfold size. rewrite seq_length. lra. }
  rewrite sum_const in T. unfold size, keys in T. rewrite seq_length in T.
  pose proof (dot_nonneg d s). unfold anchor_capacity_bound.
  apply Rmult_le_reg_r with (INR B - 1); [lra |].
  replace (INR B / (INR B - 1) * (INR B - 1)) with (INR B) by (field; lra). nra.
Qed.

(* ---- dimension, through Bessel's inequality ---- *)

Definition away (d : nat) (p v : nat -> R) (i : nat) : R := v i + - (dot d p v / dot d p p) * p i.

Lemma away_orthogonal (d : nat) (p v : nat -> R) : dot d p p <> 0 -> dot d p (away d p v) = 0.
Proof. intros N. unfold away. rewrite dot_plus_r. field. exact N. Qed.

Lemma away_product (d : nat) (p u v : nat -> R) :
  dot d p p <> 0 ->
  dot d (away d p u) (away d p v) = dot d u v - dot d p u * dot d p v / dot d p p.
Proof.
  intros N. unfold away at 1. rewrite dot_plus_l, away_orthogonal by exact N. unfold away.
  rewrite dot_plus_r, (dot_sym d u p). field. exact N.
Qed.

Lemma away_orthogonal_to (d : nat) (p u v : nat -> R) :
  dot d p u = 0 -> dot d u (away d p v) = dot d u v.
Proof. intros O. unfold away. rewrite dot_plus_r, (dot_sym d u p), O. ring. Qed.

Definition orthogonal (d : nat) (us : list (nat -> R)) : Prop :=
  ForallOrdPairs (fun u v => dot d u v = 0) us /\ Forall (fun u => dot d u u <> 0) us.

Lemma bessel (d : nat) (us : list (nat -> R)) : orthogonal d us -> forall e,
  sum (fun u => dot d u e ^ 2 / dot d u u) us <= dot d e e.
Proof.
  induction us as [| u us IH]; intros [O N] e; [rewrite sum_nil; apply dot_nonneg |].
  inversion O as [| ? ? H O']; inversion N as [| ? ? Nu N']; subst. rewrite sum_cons.
  pose proof (IH (conj O' N') (away d u e)) as L. rewrite away_product in L by exact Nu.
  rewrite (sum_ext _ (fun v => dot d v e ^ 2 / dot d v v)) in L.
  - unfold Rdiv in *. nra.
  - intros v I. rewrite away_orthogonal_to; [reflexivity |].
    rewrite Forall_forall in H. now apply H.
Qed.

Definition axis (j i : nat) : R := if i =? j then 1 else 0.

Lemma dot_axis (d j : nat) (u : nat -> R) : (j < d)%nat -> dot d u (axis j) = u j.
Proof.
  intros L. unfold dot, axis. rewrite <- (sum_at_first d j u L). apply sum_ext. intros i _.
  destruct (i =? j); ring.
Qed.

(* the squares of e_1, ..., e_d along the vectors sum up to one for each vector *)
Lemma orthogonal_few (d : nat) (us : list (nat -> R)) :
  orthogonal d us -> (length us <= d)%nat.
Proof.
  intros O. apply INR_le.
  apply Rle_trans
    with (sum (fun j => sum (fun u => dot d u (axis j) ^ 2 / dot d u u) us) (seq 0 d)).
  - rewrite sum_swap. destruct O as [_ N]. rewrite Forall_forall in N.
    rewrite (sum_const_on 1); [unfold size; lra |]. intros u I. rewrite sum_divide.
    rewrite (sum_ext _ (fun i => u i * u i)).
    + fold (dot d u u). field. now apply N.
    + intros j J. apply in_seq in J. rewrite dot_axis by lia. ring.
  - apply Rle_trans with (sum (fun j => dot d (axis j) (axis j)) (seq 0 d)).
    + apply sum_le. intros j _. now apply bessel.
    + rewrite (sum_const_on 1); [unfold size; rewrite seq_length; lra |].
      intros j J. apply in_seq in J. rewrite dot_axis by lia. unfold axis.
      now rewrite Nat.eqb_refl.
Qed.

(* a subspace of dimension at most n: after n cuts by its own vectors nothing is left *)
Fixpoint small (d : nat) (S : (nat -> R) -> Prop) (n : nat) : Prop :=
  match n with
  | O => forall v, S v -> dot d v v = 0
  | S m => forall p, S p -> dot d p p <> 0 -> small d (fun v => S v /\ dot d p v = 0) m
  end.

Definition closed (S : (nat -> R) -> Prop) : Prop :=
  forall u v a, S u -> S v -> S (fun i => u i + a * v i).

Lemma closed_cut (d : nat) S p : closed S -> closed (fun v => S v /\ dot d p v = 0).
Proof.
  intros C u v a [U Ou] [V Ov]. split; [now apply C |]. rewrite dot_plus_r, Ou, Ov. ring.
Qed.

Lemma small_after (d n : nat) : forall us (S : (nat -> R) -> Prop),
  orthogonal d us -> (length us + n = d)%nat ->
  (forall v, S v -> Forall (fun u => dot d u v = 0) us) -> small d S n.
Proof.
  induction n as [| n IH]; intros us S [O N] L H.
  - intros v V. destruct (Req_dec (dot d v v) 0) as [Z | Z]; [exact Z | exfalso].
    enough (length (v :: us) <= d)%nat by (simpl in *; lia).
    apply orthogonal_few. split; constructor; auto.
    eapply Forall_impl; [| apply (H v V)]. intros u E. now rewrite dot_sym.
  - intros p P Z. apply (IH (p :: us)).
    + split; constructor; auto. eapply Forall_impl; [| apply (H p P)].
      intros u E. now rewrite dot_sym.
    + simpl. lia.
    + intros v [V E]. constructor; auto.
Qed.

Lemma small_all (d : nat) : small d (fun _ => True) d.
Proof. apply (small_after d d []); [split; constructor | reflexivity | constructor]. Qed.

(* ---- pairwise negative products ---- *)

Lemma pairs_map {X Y} (R : X -> X -> Prop) (Q : Y -> Y -> Prop) (f : X -> Y) l :
  (forall u v, In u l -> In v l -> R u v -> Q (f u) (f v)) ->
  ForallOrdPairs R l -> ForallOrdPairs Q (map f l).
Proof.
  intros H P. induction P as [| u l F P IH]; [constructor |]. simpl. constructor.
  - rewrite Forall_map. rewrite Forall_forall in *. intros v I. apply H; simpl; auto.
  - apply IH. intros; apply H; simpl; auto.
Qed.

Lemma away_in (d : nat) S p v :
  closed S -> S p -> dot d p p <> 0 -> S v -> S (away d p v) /\ dot d p (away d p v) = 0.
Proof. intros C P N V. split; [now apply C | now apply away_orthogonal]. Qed.

Lemma nonzero_sign (d : nat) p q : dot d p q <> 0 -> 0 < dot d p p.
Proof.
  intros N. destruct (dot_nonneg d p) as [| Z]; [assumption |]. symmetry in Z.
  now apply (dot_zero d p q) in Z.
Qed.

Lemma obtuse_few (d n : nat) : forall S vs,
  small d S n -> closed S -> Forall S vs ->
  ForallOrdPairs (fun u v => dot d u v < 0) vs -> (length vs <= n + 1)%nat.
Proof.
  induction n as [| n IH]; intros S [| p [| q vs]] M C F P; simpl; try lia;
    inversion F as [| ? ? Sp F']; inversion P as [| ? ? Hp P']; subst;
    assert (Q : dot d p p > 0)
      by (apply (nonzero_sign d p q); inversion Hp; subst; now apply Rlt_not_eq).
  - specialize (M p Sp). lra.
  - pose proof (M p Sp (Rgt_not_eq _ _ Q)) as M'.
    pose proof (IH _ (map (away d p) (q :: vs)) M' (closed_cut d S p C)) as L.
    rewrite map_length in L. simpl length in L. enough (length vs + 1 <= n + 1)%nat by lia.
    rewrite Nat.add_comm. apply L.
    + rewrite Forall_map. eapply Forall_impl; [| exact F']. intros v V.
      apply away_in; auto using Rgt_not_eq.
    + revert P'. apply pairs_map. intros u v U V N. rewrite away_product by now apply Rgt_not_eq.
      rewrite Forall_forall in Hp. pose proof (Hp u U). pose proof (Hp v V).
      assert (0 < dot d p u * dot d p v / dot d p p) by (apply Rdiv_lt_0_compat; nra). lra.
Qed.

(* ---- pairwise nonpositive products ---- *)

Definition nonzero (d : nat) (v : nat -> R) : bool :=
  if Req_EM_T (dot d v v) 0 then false else true.

Lemma nonzero_spec (d : nat) (v : nat -> R) : nonzero d v = true <-> dot d v v <> 0.
Proof. unfold nonzero. destruct (Req_EM_T (dot d v v) 0); split; intros; congruence || lra. Qed.

Lemma pairs_filter {X} (R : X -> X -> Prop) (f : X -> bool) l :
  ForallOrdPairs R l -> ForallOrdPairs R (filter f l).
Proof.
  induction 1 as [| u l F P IH]; [constructor |]. simpl. destruct (f u); [constructor |]; auto.
  rewrite Forall_forall in *. intros v I. apply filter_In in I. now apply F.
Qed.

Lemma filter_all {X} (f : X -> bool) l : (forall u, In u l -> f u = true) -> filter f l = l.
Proof.
  induction l as [| u l IH]; intros A; [reflexivity |]. simpl. rewrite (A u) by apply in_eq.
  f_equal. apply IH. intros v I. apply A. now apply in_cons.
Qed.

(* at most one of the vectors lies along p *)
Lemma one_along (d : nat) p vs :
  dot d p p > 0 -> Forall (fun v => dot d v v <> 0) vs -> Forall (fun v => dot d p v <= 0) vs ->
  ForallOrdPairs (fun u v => dot d u v <= 0) vs ->
  (length vs <= 1 + length (filter (nonzero d) (map (away d p) vs)))%nat.
Proof.
  intros Q. induction vs as [| q vs IH]; intros N H P; simpl; [lia |].
  inversion N as [| ? ? Nq N']; inversion H as [| ? ? Hq H']; inversion P as [| ? ? Pq P']; subst.
  destruct (nonzero d (away d p q)) eqn:E; [simpl; specialize (IH N' H' P'); lia |].
  enough (filter (nonzero d) (map (away d p) vs) = map (away d p) vs) as ->
    by (rewrite map_length; lia).
  assert (Z : dot d (away d p q) (away d p q) = 0).
  { destruct (Req_dec (dot d (away d p q) (away d p q)) 0) as [| X]; [assumption |].
    apply nonzero_spec in X. congruence. }
  assert (B : dot d p q < 0).
  { rewrite away_product in Z by now apply Rgt_not_eq.
    destruct Hq as [| Zq]; [assumption |]. rewrite Zq in Z.
    unfold Rdiv in Z. lra. }
  apply filter_all. intros w I. apply in_map_iff in I as [v [<- V]].
  rewrite Forall_forall in N', H', Pq. apply nonzero_spec.
  rewrite away_product by now apply Rgt_not_eq.
  enough (dot d p v = 0) as -> by (unfold Rdiv; specialize (N' v V); lra).
  apply (dot_zero d _ v) in Z. unfold away in Z. rewrite dot_plus_l in Z.
  specialize (H' v V). specialize (Pq v V). apply Rle_antisym; [exact H' |].
  apply Rnot_lt_le. intros Y. enough (0 < dot d q v) by lra.
  replace (dot d q v) with (dot d p q * dot d p v / dot d p p) by (unfold Rdiv in *; lra).
  apply Rdiv_lt_0_compat; nra.
Qed.

Lemma blunt_few (d n : nat) : forall S vs,
  small d S n -> closed S -> Forall S vs -> Forall (fun v => dot d v v <> 0) vs ->
  ForallOrdPairs (fun u v => dot d u v <= 0) vs -> (length vs <= 2 * n)%nat.
Proof.
  induction n as [| n IH]; intros S [| p vs] M C F N P; simpl length; try lia;
    inversion F as [| ? ? Sp F']; inversion N as [| ? ? Np N'];
    inversion P as [| ? ? Hp P']; subst.
  - specialize (M p Sp). contradiction.
  - assert (Q : dot d p p > 0) by (pose proof (dot_nonneg d p); lra).
    pose proof (one_along d p vs Q N' Hp P') as L.
    enough (length (filter (nonzero d) (map (away d p) vs)) <= 2 * n)%nat by lia.
    apply (IH _ _ (M p Sp Np) (closed_cut d S p C)).
    + apply Forall_forall. intros w I. apply filter_In in I as [I _].
      apply in_map_iff in I as [v [<- V]]. rewrite Forall_forall in F'. apply away_in; auto.
    + apply Forall_forall. intros w I. apply filter_In in I as [_ I]. now apply nonzero_spec.
    + apply pairs_filter. revert P'. apply pairs_map. intros u v U V Le.
      rewrite away_product by exact Np. rewrite Forall_forall in Hp.
      pose proof (Hp u U). pose proof (Hp v V).
      enough (0 <= dot d p u * dot d p v / dot d p p) by lra.
      apply Rmult_le_pos; [nra | left; now apply Rinv_0_lt_compat].
Qed.

Lemma pairs_of_seq (R : (nat -> R) -> (nat -> R) -> Prop) (a : nat -> nat -> Rdefinitions.R) :
  forall B s,
  (forall j k, (s <= j < s + B)%nat -> (s <= k < s + B)%nat -> j <> k -> R (a j) (a k)) ->
  ForallOrdPairs R (map a (seq s B)).
Proof.
  induction B as [| B IH]; intros s H; [constructor |]. simpl. constructor.
  - rewrite Forall_map. apply Forall_forall. intros k I. apply in_seq in I. apply H; lia.
  - apply IH. intros. apply H; lia.
Qed.

Section Crowded.
Variables (B d : nat) (a : nat -> nat -> R) (Delta : R).
Context (unit : forall k, (k < B)%nat -> dot d (a k) (a k) = 1).
Context (apart : forall j k, (j < B)%nat -> (k < B)%nat -> j <> k ->
  dot d (a j) (a j) - dot d (a j) (a k) >= Delta).

Lemma many_anchors : (d + 2 <= B)%nat -> Delta <= 1.
Proof using unit apart.
  intros L. apply Rnot_lt_le. intros G.
  enough (length (map a (seq 0 B)) <= d + 1)%nat by (rewrite map_length, seq_length in *; lia).
  apply (obtuse_few d d (fun _ => True)).
  - apply small_all.
  - intros u v b _ _. exact I.
  - now apply Forall_forall.
  - apply pairs_of_seq. intros j k J K N. pose proof (apart j k ltac:(lia) ltac:(lia) N) as A.
    rewrite unit in A by lia. lra.
Qed.

Lemma too_many_anchors : (2 * d < B)%nat -> Delta < 1.
Proof using unit apart.
  intros L. apply Rnot_le_lt. intros G.
  enough (length (map a (seq 0 B)) <= 2 * d)%nat by (rewrite map_length, seq_length in *; lia).
  apply (blunt_few d d (fun _ => True)).
  - apply small_all.
  - intros u v b _ _. exact I.
  - now apply Forall_forall.
  - rewrite Forall_map. apply Forall_forall. intros k K. apply in_seq in K.
    rewrite unit by lia. lra.
  - apply pairs_of_seq. intros j k J K N. pose proof (apart j k ltac:(lia) ltac:(lia) N) as A.
    rewrite unit in A by lia. lra.
Qed.
End Crowded.

(* ---- the simplex: its first n coordinates hold n + 1 vertices ---- *)

Fixpoint simplex (n k i : nat) : R :=
  match n with
  | O => 0
  | S m =>
      if k =? S m then axis m i
      else if i =? m then - (1 / INR (S m))
      else sqrt (1 - (1 / INR (S m)) ^ 2) * simplex m k i
  end.

Lemma dot_last (m : nat) (u v : nat -> R) : dot (S m) u v = dot m u v + u m * v m.
Proof.
  unfold dot. rewrite seq_S, sum_app, sum_cons, sum_nil. simpl. ring.
Qed.

Lemma simplex_product (n : nat) : forall j k, (j <= n)%nat -> (k <= n)%nat -> (0 < n)%nat ->
  dot n (simplex n j) (simplex n k) = if j =? k then 1 else - (1 / INR n).
Proof.
  induction n as [| m IH]; intros j k J K N; [lia |]. clear N. rewrite dot_last.
  assert (P : 0 < INR (S m)) by (apply lt_0_INR; lia).
  assert (T : forall f g : nat -> R, (forall i, (i < m)%nat -> f i = g i) ->
    forall h, dot m f h = dot m g h).
  { intros f g E h. apply sum_ext. intros i I. apply in_seq in I. rewrite E by lia. reflexivity. }
  set (s := sqrt (1 - (1 / INR (S m)) ^ 2)).
  assert (top : forall h, dot m (simplex (S m) (S m)) h = 0).
  { intros h. rewrite (T _ (fun _ => 0)).
    - unfold dot. rewrite (sum_const_on 0); [ring | intros; ring].
    - intros i L. simpl. rewrite Nat.eqb_refl. unfold axis.
      destruct (Nat.eqb_spec i m); [lia | reflexivity]. }
  assert (low : forall k h, (k <= m)%nat -> dot m (simplex (S m) k) h = s * dot m (simplex m k) h).
  { intros l h L. rewrite (T _ (fun i => s * simplex m l i)).
    - unfold dot. rewrite <- sum_scale. apply sum_ext. intros. ring.
    - intros i Li. cbn [simplex]. destruct (Nat.eqb_spec l (S m)); [lia |].
      destruct (Nat.eqb_spec i m); [lia | reflexivity]. }
  assert (last : forall l, (l <= m)%nat -> simplex (S m) l m = - (1 / INR (S m))).
  { intros l L. cbn [simplex]. destruct (Nat.eqb_spec l (S m)); [lia |]. now rewrite Nat.eqb_refl. }
  assert (tip : simplex (S m) (S m) m = 1).
  { cbn [simplex]. rewrite Nat.eqb_refl. unfold axis. now rewrite Nat.eqb_refl. }
  destruct (Nat.eq_dec j (S m)) as [-> | Nj]; [rewrite top, tip |].
  { destruct (Nat.eqb_spec (S m) k) as [<- | Nk]; [rewrite tip; ring | rewrite last by lia; ring]. }
  destruct (Nat.eq_dec k (S m)) as [-> | Nk].
  { rewrite (dot_sym m _ (simplex (S m) (S m))), top, tip, last by lia.
    destruct (Nat.eqb_spec j (S m)); [lia | ring]. }
  rewrite low, dot_sym, low, dot_sym, !last by lia.
  assert (Q : s * s = 1 - (1 / INR (S m)) ^ 2).
  { unfold s. apply sqrt_sqrt. rewrite S_INR in *. pose proof (pos_INR m).
    assert (1 / (INR m + 1) * (INR m + 1) = 1) by (field; lra).
    assert (0 < 1 / (INR m + 1)) by (apply Rdiv_lt_0_compat; lra). nra. }
  destruct m as [| m].
  { replace j with 0%nat by lia. replace k with 0%nat by lia. simpl in *. unfold dot.
    simpl. rewrite sum_nil. lra. }
  rewrite IH by lia. rewrite <- Rmult_assoc, Q.
  assert (0 < INR (S m)) by (apply lt_0_INR; lia). rewrite (S_INR (S m)) in *.
  destruct (j =? k); field; lra.
Qed.

Lemma simplex_outside (n k i : nat) : (n <= i)%nat -> simplex n k i = 0.
Proof.
  revert k. induction n as [| m IH]; intros k L; [reflexivity |]. cbn [simplex]. unfold axis.
  destruct (k =? S m); destruct (Nat.eqb_spec i m); try lia; [reflexivity |].
  rewrite IH by lia. ring.
Qed.

Lemma dot_inside (n d : nat) (u v : nat -> R) :
  (n <= d)%nat -> (forall i, (n <= i)%nat -> u i = 0) -> dot d u v = dot n u v.
Proof.
  intros L Z. unfold dot. replace d with (n + (d - n))%nat by lia.
  rewrite seq_app, sum_app, (sum_const_on 0 _ (seq (0 + n) (d - n))); [ring |].
  intros i I. apply in_seq in I. rewrite Z by lia. ring.
Qed.

(* ---- the cross-polytope ---- *)

Definition cross (d k i : nat) : R := if (k <? d)%nat then axis k i else - axis (k - d) i.

Lemma cross_product (d j k : nat) :
  (j < 2 * d)%nat -> (k < 2 * d)%nat ->
  dot d (cross d j) (cross d j) = 1 /\ (j <> k -> dot d (cross d j) (cross d k) <= 0).
Proof.
  assert (D : forall i l, (i < d)%nat -> (l < d)%nat ->
    dot d (axis i) (axis l) = if (i =? l)%nat then 1 else 0).
  { intros i l I L. rewrite dot_axis by exact L. unfold axis. now rewrite Nat.eqb_sym. }
  assert (M : forall u v, dot d (fun i => - u i) v = - dot d u v).
  { intros u v. transitivity (sum (fun i => -1 * (u i * v i)) (seq 0 d)).
    - apply sum_ext. intros. ring.
    - rewrite sum_scale. unfold dot. ring. }
  assert (M' : forall u v, dot d u (fun i => - v i) = - dot d u v)
    by (intros; rewrite dot_sym, M, dot_sym; reflexivity).
  intros J K. unfold cross. destruct (Nat.ltb_spec j d), (Nat.ltb_spec k d);
    rewrite ?M, ?M', !D, Nat.eqb_refl by lia; (split; [ring | intros N]);
    match goal with |- context [Nat.eqb ?x ?y] => destruct (Nat.eqb_spec x y) end; lra || lia.
Qed.

(* ---- how many anchors attain which margin ---- *)

Definition units (B d : nat) (a : nat -> nat -> R) : Prop :=
  forall k, (k < B)%nat -> dot d (a k) (a k) = 1.
Definition apart (B d : nat) (a : nat -> nat -> R) (Delta : R) : Prop :=
  forall j k, (j < B)%nat -> (k < B)%nat -> j <> k ->
    dot d (a j) (a j) - dot d (a j) (a k) >= Delta.

Lemma simplex_iff (B d : nat) :
  (2 <= B)%nat ->
  (exists a, units B d a /\ apart B d a (anchor_capacity_bound (INR B))) <-> (B <= d + 1)%nat.
Proof.
  intros L. pose proof (le_INR _ _ L) as G. simpl INR in G. split.
  - intros [a [U A]]. apply Nat.nlt_ge. intros M.
    assert (S : anchor_capacity_bound (INR B) <= 1) by (apply (many_anchors B d a); auto; lia).
    assert (1 < anchor_capacity_bound (INR B)); [| lra]. unfold anchor_capacity_bound.
    apply Rmult_lt_reg_r with (INR B - 1); [lra |].
    replace (INR B / (INR B - 1) * (INR B - 1)) with (INR B) by (field; lra). lra.
  - intros M. exists (simplex (B - 1)).
    assert (D : forall j k, (j < B)%nat -> (k < B)%nat ->
      dot d (simplex (B - 1) j) (simplex (B - 1) k) = if j =? k then 1 else - (1 / INR (B - 1))).
    { intros j k J K. rewrite (dot_inside (B - 1)); [| lia | intros; now apply simplex_outside].
      apply simplex_product; lia. }
    split.
    + intros k K. rewrite D by lia. now rewrite Nat.eqb_refl.
    + intros j k J K N. rewrite !D, Nat.eqb_refl by lia.
      destruct (Nat.eqb_spec j k); [contradiction |]. unfold anchor_capacity_bound.
      rewrite minus_INR by lia. simpl INR. right. field. lra.
Qed.

Lemma cross_iff (B d : nat) :
  (exists a, units B d a /\ apart B d a 1) <-> (B <= 2 * d)%nat.
Proof.
  split.
  - intros [a [U A]]. apply Nat.nlt_ge. intros M.
    pose proof (too_many_anchors B d a 1 U A M). lra.
  - intros M. exists (cross d). split.
    + intros k K. apply (cross_product d k k); lia.
    + intros j k J K N. destruct (cross_product d j k ltac:(lia) ltac:(lia)) as [-> H].
      specialize (H N). lra.
Qed.

Lemma longer_anchors :
  exists a, (forall k, (k < 2)%nat -> dot 1 (a k) (a k) = 4) /\ apart 2 1 a 8 /\
    8 > anchor_capacity_bound (INR 2).
Proof.
  exists (fun k _ => if k =? 0 then 2 else -2). repeat split.
  - intros [| [| k]] K; try lia; unfold dot; simpl; rewrite sum_cons, sum_nil; simpl; ring.
  - intros [| [| j]] [| [| k]] J K N; try lia; unfold dot; simpl; rewrite !sum_cons, !sum_nil;
      simpl; lra.
  - unfold anchor_capacity_bound. simpl INR. lra.
Qed.

(* ---- a row in which one key is the anchor ---- *)

Lemma one_relevant (B b : nat) : (b < B)%nat -> size (inside (fun k => k =? b) (seq 0 B)) = 1.
Proof.
  intros L. rewrite <- (sum_at_first B b (fun _ => 1) L), (sum_split (fun k => k =? b)).
  rewrite (sum_const_on 1 _ (inside (fun k => k =? b) (seq 0 B))),
    (sum_const_on 0 _ (outside (fun k => k =? b) (seq 0 B))); [ring | |].
  - intros k I. now apply in_outside in I as [_ ->].
  - intros k I. now apply in_inside in I as [_ ->].
Qed.

Lemma rest_others (B b : nat) :
  (b < B)%nat -> size (outside (fun k => k =? b) (seq 0 B)) = INR B - 1.
Proof.
  intros L. assert (T : size (seq 0 B) = INR B) by (unfold size; now rewrite seq_length).
  pose proof (sum_split (fun k => k =? b) (fun _ => 1) (seq 0 B)) as E.
  rewrite !sum_const, one_relevant, T in E by exact L. lra.
Qed.

(* ---- chance ---- *)

Lemma union_of_pairs {W} (likely : (W -> Prop) -> R) (B : nat) (E : nat -> nat -> W -> Prop)
    (p : R) :
  (forall A C : W -> Prop, (forall w, A w -> C w) -> likely A <= likely C) ->
  (forall A C : W -> Prop, likely (fun w => A w \/ C w) <= likely A + likely C) ->
  likely (fun _ => False) = 0 ->
  (forall j k, (j < k < B)%nat -> likely (E j k) <= p) ->
  likely (fun w => exists j k, (j < k < B)%nat /\ E j k w) <= INR B * (INR B - 1) / 2 * p.
Proof.
  intros up add none. induction B as [| B IH]; intros cap.
  - apply Rle_trans with (likely (fun _ => False)); [| rewrite none; simpl; lra].
    apply up. intros w [j [k [L _]]]. lia.
  - assert (row : forall n, (n <= B)%nat ->
      likely (fun w => exists j, (j < n)%nat /\ E j B w) <= INR n * p).
    { induction n as [| n IHn]; intros L.
      - apply Rle_trans with (likely (fun _ => False)); [| rewrite none; simpl; lra].
        apply up. intros w [j [H _]]. lia.
      - apply Rle_trans with (likely (fun w => (exists j, (j < n)%nat /\ E j B w) \/ E n B w)).
        + apply up. intros w [j [H X]]. destruct (Nat.eq_dec j n) as [-> | N];
            [now right | left; exists j; split; [lia | exact X]].
        + rewrite S_INR. specialize (IHn ltac:(lia)). specialize (cap n B ltac:(lia)).
          pose proof (add (fun w => exists j, (j < n)%nat /\ E j B w) (E n B)). lra. }
    apply Rle_trans with (likely (fun w => (exists j k, (j < k < B)%nat /\ E j k w)
      \/ (exists j, (j < B)%nat /\ E j B w))).
    + apply up. intros w [j [k [L X]]]. destruct (Nat.eq_dec k B) as [-> | N];
        [right; exists j | left; exists j, k]; split; auto; lia.
    + rewrite S_INR. specialize (row B (Nat.le_refl B)).
      assert (forall j k, (j < k < B)%nat -> likely (E j k) <= p) as cap'
        by (intros; apply cap; lia).
      specialize (IH cap').
      pose proof (add (fun w => exists j k, (j < k < B)%nat /\ E j k w)
        (fun w => exists j, (j < B)%nat /\ E j B w)). lra.
Qed.
