(* skip-certificate -- the attention that a skipped block can hold, from its centre and radius.

   Source: the project's own; what a kernel needs that leaves out whole blocks of keys.
   Assumes: a kept key and a skipped one; tau > 0; the skipped keys fall into blocks, each with a
   centre, a radius that reaches all its keys, and a cap on the additive terms of their scores.

   Proved: a score is at most its block's bound (score_le_cap: Cauchy-Schwarz), with equality for the
   key at centre + radius u/|u| (score_at_the_far_end); the skipped keys hold at most
   sigmoid (ln U - lse kept), U the number of keys times the weight of the bound, block by block
   (skipped_le_bound), with equality exactly if every skipped key attains its bound
   (skipped_eq_bound_iff); hence what skipping changes of the output (skipping_le_bound). A radius
   that reaches only as far as the mean distance bounds nothing (mean_radius_fails), nor does a bound
   that counts each block once (count_dropped_fails). *)
Require Import Reals Lra List Permutation.
From Locality Require Import Functions Bounds Softmax Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma skip_certificate_bound_eq (upper kept : R) :
  skip_certificate_bound upper kept = sigmoid (upper - kept).
Proof. reflexivity. Qed.

Lemma skip_certificate_output_bound_eq (upper kept D : R) :
  skip_certificate_output_bound upper kept D = sigmoid (upper - kept) * D.
Proof. unfold skip_certificate_output_bound. ring. Qed.

(* ---- a score is at most its block's bound ---- *)

Definition dot {I} (dims : list I) (u v : I -> R) : R := sum (fun i => u i * v i) dims.

(* the bound of a block of this centre and radius *)
Definition cap {I} (dims : list I) (u centre : I -> R) (rho : R) : R :=
  skip_certificate_score_bound (dot dims u centre) (euclidean dims u) rho.

Lemma cap_eq {I} (dims : list I) (u centre : I -> R) rho :
  cap dims u centre rho = dot dims u centre + euclidean dims u * rho.
Proof. unfold cap, skip_certificate_score_bound. ring. Qed.

Lemma dot_minus {I} (dims : list I) (u v w : I -> R) :
  dot dims u (fun i => v i - w i) = dot dims u v - dot dims u w.
Proof. unfold dot. rewrite <- sum_minus. apply sum_ext. intros. ring. Qed.

Lemma dot_self {I} (dims : list I) (u : I -> R) : dot dims u u = euclidean dims u ^ 2.
Proof.
  unfold euclidean. rewrite pow2_sqrt by apply sum_squares_nonneg. apply sum_ext. intros. ring.
Qed.

Theorem score_le_cap {I} (dims : list I) (u key centre : I -> R) rho term extra :
  euclidean dims (fun i => key i - centre i) <= rho -> extra <= term ->
  dot dims u key + extra <= cap dims u centre rho + term.
Proof.
  intros N E. rewrite cap_eq.
  assert (C : dot dims u (fun i => key i - centre i)
              <= euclidean dims u * euclidean dims (fun i => key i - centre i))
    by apply cauchy_schwarz.
  rewrite dot_minus in C.
  assert (0 <= euclidean dims u) by apply sqrt_pos.
  pose proof (Rmult_le_compat_l _ _ _ H N). lra.
Qed.

Theorem score_at_the_far_end {I} (dims : list I) (u centre : I -> R) rho :
  0 < euclidean dims u ->
  let key i := centre i + rho / euclidean dims u * u i in
  dot dims u key = cap dims u centre rho.
Proof.
  intros N key. rewrite cap_eq.
  enough (dot dims u (fun i => key i - centre i) = euclidean dims u * rho) as D
    by (rewrite dot_minus in D; lra).
  unfold dot. rewrite (sum_ext _ (fun i => rho / euclidean dims u * (u i * u i)))
    by (intros; unfold key; ring).
  rewrite sum_scale. fold (dot dims u u). rewrite dot_self. field. lra.
Qed.

(* ---- the skipped keys, block by block ---- *)

Lemma sum_permutation {K} (f : K -> R) here there :
  Permutation here there -> sum f here = sum f there.
Proof. induction 1; rewrite ?sum_cons; lra. Qed.

Lemma sum_flat_map {G K} (f : K -> R) (members : G -> list K) blocks :
  sum f (flat_map members blocks) = sum (fun g => sum f (members g)) blocks.
Proof.
  induction blocks as [| g blocks IH]; [reflexivity |].
  simpl flat_map. now rewrite sum_app, sum_cons, IH.
Qed.

Section Skipped.
Context {K G : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R).
Context (blocks : list G) (members : G -> list K) (top : G -> R).
Context (some_kept : inside P keys <> []) (some_skipped : outside P keys <> []) (hot : 0 < tau).
Context (skipped : Permutation (outside P keys) (flat_map members blocks)).
Context (below : forall g k, In g blocks -> In k (members g) -> s k <= top g).

Let upper := sum (fun g => size (members g) * exp (top g / tau)) blocks.
Let behind := total_weight (outside P keys) s tau.
Let ahead := total_weight (inside P keys) s tau.

Lemma behind_by_blocks : behind = sum (fun g => total_weight (members g) s tau) blocks.
Proof.
  unfold behind, total_weight. rewrite (sum_permutation _ _ _ skipped). apply sum_flat_map.
Qed.

Lemma weight_le_top g k : In g blocks -> In k (members g) -> weight s tau k <= exp (top g / tau).
Proof.
  intros I J. apply exp_le, Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | auto].
Qed.

Lemma block_le_upper g :
  In g blocks -> total_weight (members g) s tau <= size (members g) * exp (top g / tau).
Proof.
  intros I. rewrite <- sum_const. apply sum_le. intros k J. now apply weight_le_top.
Qed.

Lemma behind_le_upper : behind <= upper.
Proof. rewrite behind_by_blocks. apply sum_le. exact block_le_upper. Qed.

Lemma upper_pos : 0 < upper.
Proof.
  pose proof (total_weight_pos _ s tau some_skipped) as B. fold behind in B.
  pose proof behind_le_upper. lra.
Qed.

Lemma share_increasing (a x y : R) : 0 < a -> 0 < x -> 0 < y -> (x / (a + x) <= y / (a + y) <-> x <= y).
Proof.
  intros A X Y.
  assert (D : y / (a + y) - x / (a + x) = a * (y - x) / ((a + x) * (a + y))) by (field; lra).
  assert (Q : 0 < a / ((a + x) * (a + y))) by (apply Rdiv_lt_0_compat; nra).
  replace (a * (y - x) / ((a + x) * (a + y))) with (a / ((a + x) * (a + y)) * (y - x)) in D
    by (field; lra).
  split; intros L; nra.
Qed.

Lemma sigmoid_share : sigmoid (ln upper - ln ahead) = upper / (ahead + upper).
Proof.
  pose proof upper_pos. pose proof (total_weight_pos _ s tau some_kept) as A. fold ahead in A.
  rewrite sigmoid_odds. unfold odds. rewrite <- ln_quotient, exp_ln by
    (assumption || now apply Rdiv_lt_0_compat).
  field. lra.
Qed.

Lemma leakage_share : leakage keys P s tau = behind / (ahead + behind).
Proof. rewrite leakage_eq, (total_weight_split P keys). reflexivity. Qed.

Theorem skipped_le_bound :
  leakage keys P s tau <= skip_certificate_bound (ln upper) (ln ahead).
Proof.
  rewrite skip_certificate_bound_eq, sigmoid_share, leakage_share.
  apply share_increasing; try apply behind_le_upper; try apply upper_pos;
    now apply total_weight_pos.
Qed.

Lemma behind_eq_upper_iff :
  behind = upper <-> (forall g k, In g blocks -> In k (members g) -> s k = top g).
Proof.
  rewrite behind_by_blocks. split.
  - intros E g k I J.
    pose proof (sum_le_equality _ _ _ block_le_upper E g I) as B. simpl in B.
    rewrite <- sum_const in B.
    pose proof (sum_le_equality _ _ _ (fun k => weight_le_top g k I) B k J) as W. simpl in W.
    unfold weight in W. apply exp_inv in W.
    apply Rmult_eq_reg_r in W; [exact W | apply Rinv_neq_0_compat; lra].
  - intros E. apply sum_ext. intros g I. apply sum_const_on. intros k J. unfold weight.
    now rewrite (E g k I J).
Qed.

Theorem skipped_eq_bound_iff :
  leakage keys P s tau = skip_certificate_bound (ln upper) (ln ahead)
  <-> (forall g k, In g blocks -> In k (members g) -> s k = top g).
Proof.
  rewrite <- behind_eq_upper_iff, skip_certificate_bound_eq, sigmoid_share, leakage_share.
  split; intros E; [| now rewrite E]. apply Rle_antisym; [apply behind_le_upper |].
  pose proof (total_weight_pos _ s tau some_kept). pose proof (total_weight_pos _ s tau some_skipped).
  apply (share_increasing ahead); [assumption | apply upper_pos | assumption |].
  rewrite E. apply Rle_refl.
Qed.

Lemma seminorm_nonneg {I} (N : (I -> R) -> R) u : seminorm N -> 0 <= N u.
Proof.
  intros S. pose proof (seminorm_plus N S u (fun i => -1 * u i)) as T.
  rewrite (seminorm_ext N S _ (fun i => 0 * u i)), !(seminorm_scale N S), Rabs_R0 in T
    by (intros; ring).
  replace (Rabs (-1)) with 1 in T by (rewrite Rabs_left; lra). lra.
Qed.

Theorem skipping_le_bound {I} (N : (I -> R) -> R) (v : K -> I -> R) D :
  seminorm N ->
  (forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     N (fun i => v k i - v j i) <= D) ->
  N (fun i => output keys s tau v i - output (inside P keys) s tau v i)
  <= skip_certificate_output_bound (ln upper) (ln ahead) D.
Proof.
  intros S B. apply Rle_trans with (truncation_bound (leakage keys P s tau) D);
    [now apply truncation_le_bound |].
  rewrite truncation_bound_eq, skip_certificate_output_bound_eq, <- skip_certificate_bound_eq.
  apply Rmult_le_compat_r; [| apply skipped_le_bound].
  destruct (inside P keys) as [| j R] eqn:J; [congruence |].
  destruct (outside P keys) as [| k C] eqn:O; [congruence |].
  assert (In j keys /\ P j = true) as [] by (rewrite <- in_inside, J; apply in_eq).
  assert (In k keys /\ P k = false) as [] by (rewrite <- in_outside, O; apply in_eq).
  apply Rle_trans with (N (fun i => v k i - v j i)); [now apply seminorm_nonneg | now apply B].
Qed.
End Skipped.

(* ---- boundaries ---- *)

(* one block whose keys all score top: counted once, it is bounded by too little *)
Theorem count_dropped_fails {K} (keys : list K) P s tau top :
  inside P keys <> [] -> 1 < size (outside P keys) -> 0 < tau ->
  (forall k, In k keys -> P k = false -> s k = top) ->
  leakage keys P s tau
  > skip_certificate_bound (ln (exp (top / tau))) (ln (total_weight (inside P keys) s tau)).
Proof.
  intros NR C T E.
  assert (NC : outside P keys <> []) by (intros Z; rewrite Z in C; unfold size in C; simpl in C; lra).
  destruct (skipped_eq_bound_iff keys P s tau [tt] (fun _ => outside P keys) (fun _ => top))
    as [_ ->]; auto.
  - simpl. now rewrite app_nil_r.
  - intros _ k _ I. apply in_outside in I. rewrite (E k) by tauto. apply Rle_refl.
  - rewrite !skip_certificate_bound_eq, sum_cons, sum_nil, Rplus_0_r.
    apply sigmoid_increasing, Rplus_lt_compat_r, ln_increasing; [apply exp_pos |].
    rewrite <- (Rmult_1_l (exp (top / tau))) at 1.
    apply Rmult_lt_compat_r; [apply exp_pos | exact C].
  - intros _ k _ I. apply in_outside in I. apply E; tauto.
Qed.

(* a kept key at 0 beside skipped ones at 0, 0 and 3: from the centre 0 their mean distance is 1 *)
Definition far (k : nat) (_ : unit) : R := if Nat.eqb k 3 then 3 else 0.

Theorem mean_radius_fails :
  exists (keys : list nat) (P : nat -> bool) (u centre : unit -> R) (v : nat -> unit -> R)
      (rho tau : R),
    (inside P keys <> [] /\ outside P keys <> []) /\ 0 < tau /\
    sum (fun k => euclidean [tt] (fun i => v k i - centre i)) (outside P keys)
      / size (outside P keys) = rho /\
    leakage keys P (fun k => dot [tt] u (v k)) tau
    > skip_certificate_bound
        (ln (size (outside P keys) * exp (cap [tt] u centre rho / tau)))
        (ln (total_weight (inside P keys) (fun k => dot [tt] u (v k)) tau)).
Proof.
  exists [0; 1; 2; 3]%nat, (Nat.eqb 0), (fun _ => 1), (fun _ => 0), far, 1, 1.
  assert (one : forall x : R, euclidean [tt] (fun _ => x) = Rabs x).
  { intros x. unfold euclidean. rewrite sum_cons, sum_nil, Rplus_0_r, <- Rsqr_pow2. apply sqrt_Rsqr_abs. }
  split; [split; discriminate | split; [lra | split]].
  - rewrite (sum_ext _ (fun k => far k tt)).
    + change (outside (Nat.eqb 0) [0; 1; 2; 3]%nat) with [1; 2; 3]%nat.
      rewrite !sum_cons, sum_nil. unfold far, size. simpl. field.
    + intros k _. unfold euclidean. rewrite sum_cons, sum_nil, Rplus_0_r, Rminus_0_r, <- Rsqr_pow2.
      rewrite sqrt_Rsqr; [reflexivity | unfold far; destruct (Nat.eqb k 3); lra].
  - rewrite skip_certificate_bound_eq, leakage_eq.
    rewrite cap_eq, one, Rabs_R1. unfold dot, total_weight, weight, size, sum. simpl.
    unfold far. simpl.
    replace ((1 * 0 + 0 + 1 * 1) / 1) with 1 by field.
    replace ((1 * 0 + 0) / 1) with 0 by field. replace ((1 * 3 + 0) / 1) with (1 + 1 + 1) by field.
    rewrite exp_0, !exp_plus. set (e := exp 1).
    assert (E : 2 < e) by (unfold e; pose proof (exp_ineq1 1); lra).
    replace (1 + 0) with 1 by ring. rewrite ln_1, Rminus_0_r, sigmoid_odds. unfold odds.
    rewrite exp_ln by lra. set (x := (1 + 1 + 1) * e).
    set (y := 1 + (1 + (e * e * e + 0))).
    replace (1 + (1 + (1 + (e * e * e + 0)))) with (1 + y) by (unfold y; ring).
    assert (X : 0 < x) by (unfold x; lra).
    assert (L : x < y) by (unfold x, y; nra).
    apply Rlt_gt, Rmult_lt_reg_r with ((1 + x) * (1 + y)); [nra |]. field_simplify; nra.
Qed.
