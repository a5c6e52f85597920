(* Anchor redundancy: r of n tokens are the anchor, with one score, Delta above that of all others.

   Entropy depends on r through the sum of the weights z alone, and ln z + bottom / z falls up to
   z = bottom and rises from there on.

   Proved here: that dependence (entropy_by_weight), both halves of the turning point
   (swapped_rises, swapped_falls), its place (turning_between), and the same where copies are added
   (added_rises, added_falls) with an example that tells both apart (added_differs). *)
Require Import Reals Lra List Bool.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax.
Import ListNotations.
Open Scope R_scope.

Definition anchored {K} (P : K -> bool) (low Delta : R) (k : K) : R :=
  if P k then low + Delta else low.

Definition weights (x r c : R) : R := r * exp x + c.
Definition curve (bottom z : R) : R := ln z + bottom / z.

(* ---- the curve ---- *)

Lemma curve_rises (bottom z y : R) :
  0 < z -> bottom <= z -> z < y -> curve bottom z < curve bottom y.
Proof.
  intros Z B L. unfold curve.
  assert (T : ln (z / y) < z / y - 1).
  { assert (Q : 0 < z / y) by (apply Rdiv_lt_0_compat; lra).
    destruct (ln_below_tangent _ Q) as [| E]; [assumption |].
    apply ln_tangent_equality in E; [| exact Q]. apply (f_equal (Rmult y)) in E.
    field_simplify in E; lra. }
  rewrite ln_quotient in T by lra.
  assert (S : bottom / z - bottom / y <= 1 - z / y).
  { apply Rmult_le_reg_r with (z * y); [nra |]. field_simplify; [nra | lra | lra]. }
  lra.
Qed.

Lemma curve_falls (bottom z y : R) :
  0 < z -> z < y -> y <= bottom -> curve bottom y < curve bottom z.
Proof.
  intros Z L B. unfold curve.
  assert (T : ln (y / z) < y / z - 1).
  { assert (Q : 0 < y / z) by (apply Rdiv_lt_0_compat; lra).
    destruct (ln_below_tangent _ Q) as [| E]; [assumption |].
    apply ln_tangent_equality in E; [| exact Q]. apply (f_equal (Rmult z)) in E.
    field_simplify in E; lra. }
  rewrite ln_quotient in T by lra.
  assert (S : y / z - 1 <= bottom / z - bottom / y).
  { apply Rmult_le_reg_r with (z * y); [nra |]. field_simplify; [nra | lra | lra]. }
  lra.
Qed.

(* ---- rows of two levels ---- *)

Section Row.
Context {K : Type}.
Variables (keys : list K) (P : K -> bool) (tau low Delta : R).
Context (hot : 0 < tau).
Let r := size (inside P keys).
Let c := size (outside P keys).
Let s := anchored P low Delta.
Let x := Delta / tau.

Lemma total_by_level : total_weight keys s tau = exp (low / tau) * weights x r c.
Proof using hot.
  rewrite (total_weight_split P). unfold total_weight.
  rewrite (sum_const_on (exp (low / tau) * exp x) _ (inside P keys)).
  - rewrite (sum_const_on (exp (low / tau)) _ (outside P keys)).
    + unfold weights. fold r c. ring.
    + intros k I. apply in_outside in I as [_ E]. unfold weight, s, anchored. now rewrite E.
  - intros k I. apply in_inside in I as [_ E]. unfold weight, s, anchored. rewrite E, <- exp_plus.
    f_equal. unfold x. field. lra.
Qed.

Lemma weights_pos : keys <> [] -> 0 < weights x r c.
Proof using hot low s.
  intros N. pose proof (total_weight_pos keys s tau N) as T. rewrite total_by_level in T.
  pose proof (exp_pos (low / tau)). nra.
Qed.

Lemma fidelity_by_level : keys <> [] -> fidelity keys P s tau = r * exp x / weights x r c.
Proof using hot.
  intros N. rewrite fidelity_eq, total_by_level. unfold total_weight.
  rewrite (sum_const_on (exp (low / tau) * exp x) _ (inside P keys)).
  - fold r. pose proof (weights_pos N). pose proof (exp_pos (low / tau)). field. lra.
  - intros k I. apply in_inside in I as [_ E]. unfold weight, s, anchored. rewrite E, <- exp_plus.
    f_equal. unfold x. field. lra.
Qed.

Lemma entropy_by_level :
  keys <> [] -> attention_entropy keys s tau
                = ln (weights x r c) - x * (r * exp x / weights x r c).
Proof using hot.
  intros N. rewrite attention_entropy_eq by exact N. pose proof (weights_pos N) as W.
  rewrite total_by_level, ln_mult, ln_exp by (exact W || apply exp_pos).
  enough (mean keys s tau s = low + Delta * fidelity keys P s tau) as ->.
  { rewrite fidelity_by_level by exact N. assert (E : Delta = x * tau) by (unfold x; field; lra).
    rewrite E at 1. clearbody x. field. lra. }
  unfold mean. rewrite (sum_split P).
  rewrite (sum_ext _ (fun k => probability keys s tau k * (low + Delta)) (inside P keys)).
  - rewrite (sum_ext _ (fun k => probability keys s tau k * low) (outside P keys)).
    + rewrite !sum_scale_r. change (sum (probability keys s tau) (inside P keys))
        with (fidelity keys P s tau).
      change (sum (probability keys s tau) (outside P keys)) with (leakage keys P s tau).
      pose proof (fidelity_leakage keys P s tau N). nra.
    + intros k I. apply in_outside in I as [_ E]. unfold s, anchored. now rewrite E.
  - intros k I. apply in_inside in I as [_ E]. unfold s, anchored. now rewrite E.
Qed.
End Row.

Lemma share_increases (n x r q : R) :
  0 < n -> 0 < weights x r (n - r) -> 0 < weights x q (n - q) -> r < q ->
  r * exp x / weights x r (n - r) < q * exp x / weights x q (n - q).
Proof.
  intros N R Q L. apply Rmult_lt_reg_r with (weights x r (n - r) * weights x q (n - q)); [nra |].
  replace (r * exp x / weights x r (n - r) * (weights x r (n - r) * weights x q (n - q)))
    with (r * exp x * weights x q (n - q)) by (field; lra).
  replace (q * exp x / weights x q (n - q) * (weights x r (n - r) * weights x q (n - q)))
    with (q * exp x * weights x r (n - r)) by (field; lra).
  unfold weights. pose proof (exp_pos x).
  assert (0 < n * exp x * (q - r)) by (repeat apply Rmult_lt_0_compat; lra). nra.
Qed.

Lemma size_nonneg {K} (keys : list K) : 0 <= size keys.
Proof. apply pos_INR. Qed.

Lemma some_inside {K} (P : K -> bool) (keys : list K) : 0 < size (inside P keys) -> keys <> [].
Proof. intros S ->. unfold size in S. simpl in S. lra. Qed.

(* ---- copies swapped in: n tokens all along ---- *)

Section Swapped.
Variables (n x : R).
Context (lead : 0 < x).

Definition least : R := n * x / fall x.

Lemma exp_above_one : 1 < exp x.
Proof using lead. rewrite <- exp_0. now apply exp_increasing. Qed.

Lemma fall_exp : fall x = (exp x - 1) / exp x.
Proof using lead. unfold fall. rewrite exp_Ropp. pose proof exp_above_one. field. lra. Qed.

Lemma fall_pos : 0 < fall x.
Proof using lead.
  rewrite fall_exp. pose proof exp_above_one. apply Rdiv_lt_0_compat; lra.
Qed.

Lemma turning_exp :
  anchor_redundancy_bound n x = n * (x * exp x - exp x + 1) / (exp x - 1) ^ 2.
Proof using lead.
  unfold anchor_redundancy_bound, turning_share. rewrite exp_Ropp. pose proof exp_above_one.
  field. lra.
Qed.

Lemma weights_at_turning :
  weights x (anchor_redundancy_bound n x) (n - anchor_redundancy_bound n x) = least.
Proof using lead.
  rewrite turning_exp. unfold weights, least. rewrite fall_exp. pose proof exp_above_one.
  field. lra.
Qed.

Lemma weights_increase (r q : R) : r < q -> weights x r (n - r) < weights x q (n - q).
Proof using lead. unfold weights. pose proof exp_above_one. nra. Qed.

Lemma entropy_by_weight (r : R) : 0 < weights x r (n - r) ->
  ln (weights x r (n - r)) - x * (r * exp x / weights x r (n - r))
  = curve least (weights x r (n - r)) - x / fall x.
Proof using lead.
  intros W. assert (E : r * exp x = (weights x r (n - r) - n) / fall x).
  { rewrite fall_exp. unfold weights. pose proof exp_above_one. field. lra. }
  rewrite E. unfold curve, least. pose proof fall_pos. field. lra.
Qed.
End Swapped.

Section Tokens.
Context {K : Type}.
Variables (keys : list K) (P Q : K -> bool) (tau low Delta : R).
Context (hot : 0 < tau).
Context (lead : 0 < Delta).
Context (more : size (inside P keys) < size (inside Q keys)).

Let n := size keys.
Let x := Delta / tau.

Lemma gap_pos : 0 < x.
Proof using hot lead. now apply Rdiv_lt_0_compat. Qed.

Lemma tokens : keys <> [].
Proof using more.
  apply (some_inside Q). pose proof (size_nonneg (inside P keys)). lra.
Qed.

Lemma rest (A : K -> bool) : size (outside A keys) = n - size (inside A keys).
Proof using. unfold n. rewrite (size_split A keys). ring. Qed.

Lemma swapped_entropy (A : K -> bool) :
  let z := weights x (size (inside A keys)) (n - size (inside A keys)) in
  0 < z /\ attention_entropy keys (anchored A low Delta) tau = curve (least n x) z - x / fall x.
Proof using hot lead more.
  pose proof (weights_pos keys A tau low Delta hot tokens) as W.
  pose proof (entropy_by_level keys A tau low Delta hot tokens) as E.
  fold x in W, E. rewrite rest in W, E. split; [exact W |].
  rewrite E. apply entropy_by_weight; [exact gap_pos | exact W].
Qed.

Lemma swapped_order :
  weights x (size (inside P keys)) (n - size (inside P keys))
  < weights x (size (inside Q keys)) (n - size (inside Q keys)).
Proof using hot lead more. apply weights_increase; [exact gap_pos | exact more]. Qed.

Lemma least_below (r : R) :
  anchor_redundancy_bound n x <= r -> least n x <= weights x r (n - r).
Proof using hot lead.
  intros [L | <-]; rewrite <- (weights_at_turning n x gap_pos); [left | apply Rle_refl].
  now apply weights_increase; [exact gap_pos |].
Qed.

Lemma least_above (r : R) :
  r <= anchor_redundancy_bound n x -> weights x r (n - r) <= least n x.
Proof using hot lead.
  intros [L | ->]; rewrite <- (weights_at_turning n x gap_pos); [left | apply Rle_refl].
  now apply weights_increase; [exact gap_pos |].
Qed.

Lemma swapped_rises :
  size (inside P keys) >= anchor_redundancy_bound n x ->
  attention_entropy keys (anchored P low Delta) tau
  < attention_entropy keys (anchored Q low Delta) tau.
Proof using hot lead more.
  intros T. destruct (swapped_entropy P) as [Z ->], (swapped_entropy Q) as [_ ->].
  pose proof (curve_rises (least n x) _ _ Z (least_below _ (Rge_le _ _ T)) swapped_order). lra.
Qed.

Lemma swapped_falls :
  size (inside Q keys) <= anchor_redundancy_bound n x ->
  attention_entropy keys (anchored Q low Delta) tau
  < attention_entropy keys (anchored P low Delta) tau.
Proof using hot lead more.
  intros T. destruct (swapped_entropy P) as [Z ->], (swapped_entropy Q) as [_ ->].
  pose proof (curve_falls (least n x) _ _ Z swapped_order (least_above _ T)). lra.
Qed.

Lemma swapped_fidelity :
  fidelity keys P (anchored P low Delta) tau < fidelity keys Q (anchored Q low Delta) tau.
Proof using hot lead more.
  pose proof (weights_pos keys P tau low Delta hot tokens) as WP.
  pose proof (weights_pos keys Q tau low Delta hot tokens) as WQ.
  rewrite !fidelity_by_level by (exact hot || exact tokens). fold x in WP, WQ |- *.
  rewrite rest in WP, WQ. rewrite !rest. pose proof (size_pos keys tokens) as N.
  fold n in N. pose proof more as M.
  now apply share_increases.
Qed.
End Tokens.

(* what entropy exceeds its least value by *)
Lemma swapped_excess {K} (keys : list K) (P : K -> bool) (tau low Delta : R) :
  0 < tau -> 0 < Delta -> keys <> [] ->
  attention_entropy keys (anchored P low Delta) tau
  = ln (least (size keys) (Delta / tau)) + 1 - Delta / tau / fall (Delta / tau)
    + anchor_redundancy_excess_bound (size (inside P keys)) (size keys) (Delta / tau).
Proof.
  intros hot lead N. pose proof (weights_pos keys P tau low Delta hot N) as W.
  rewrite (entropy_by_level keys P tau low Delta hot N).
  assert (X : 0 < Delta / tau) by now apply Rdiv_lt_0_compat.
  assert (C : size (outside P keys) = size keys - size (inside P keys))
    by (rewrite (size_split P keys); ring).
  rewrite C in *. clear C. revert X W. generalize (Delta / tau) (size (inside P keys)).
  intros x r X W.
  pose proof (size_pos keys N) as S. revert S W. generalize (size keys). intros n S W.
  rewrite entropy_by_weight by assumption. unfold curve.
  set (z := weights x r (n - r)) in *. pose proof (fall_pos x X) as F.
  assert (L : 0 < least n x) by (unfold least; apply Rdiv_lt_0_compat; nra).
  assert (E : anchor_redundancy_excess_bound r n x = least n x / z - 1 - ln (least n x / z)).
  { assert (D : r * fall x + n * exp (- x) = z * exp (- x)).
    { unfold z, weights, fall. rewrite exp_Ropp. pose proof (exp_pos x). field. lra. }
    unfold anchor_redundancy_excess_bound.
    replace (x * n * exp ((-1) * x) / (r * fall x + n * exp ((-1) * x)) / fall x)
      with (least n x / z); [reflexivity |].
    replace ((-1) * x) with (- x) by ring. rewrite D. unfold least.
    pose proof (exp_pos (- x)). field. lra. }
  rewrite E, ln_quotient by assumption. field. lra.
Qed.

(* ---- where the turning point lies ---- *)

Lemma sinh_above (x : R) : 0 < x -> 2 * x < exp x - exp (- x).
Proof.
  intros X. pose (f := fun t => exp t - exp (- t) - 2 * t).
  pose (df := fun t => exp t + exp (- t) - 2).
  enough (f 0 < f x) as L by (unfold f in L; rewrite Ropp_0, exp_0 in L; lra).
  destruct (MVT_cor2 f df 0 x X) as [t [E T]].
  - intros t _. unfold f, df. apply is_derive_Reals. auto_derive; [trivial | ring].
  - enough (0 < df t) by nra. unfold df. rewrite exp_Ropp.
    assert (1 < exp t) by (rewrite <- exp_0; apply exp_increasing; lra).
    assert (exp t * / exp t = 1) by (field; lra). nra.
Qed.

Lemma turning_between (n x : R) : 0 < n -> 0 < x ->
  0 < anchor_redundancy_bound n x < anchor_redundancy_half_bound n.
Proof.
  intros N X. rewrite turning_exp by exact X. pose proof (exp_above_one x X) as E.
  assert (D : 0 < (exp x - 1) ^ 2) by nra. split.
  - apply Rdiv_lt_0_compat; [| exact D]. apply Rmult_lt_0_compat; [exact N |].
    pose proof (exp_ineq1 (- x) ltac:(lra)) as T. rewrite exp_Ropp in T.
    assert (exp x * / exp x = 1) by (field; lra). nra.
  - unfold anchor_redundancy_half_bound. apply Rmult_lt_reg_r with ((exp x - 1) ^ 2); [exact D |].
    unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    pose proof (sinh_above x X) as S. rewrite exp_Ropp in S.
    assert (exp x * / exp x = 1) by (field; lra).
    assert (2 * x * exp x < exp x * exp x - 1) by nra. nra.
Qed.

(* ---- copies that are added ---- *)

Section Added.
Context {K : Type}.
Variables (keys longer : list K) (P : K -> bool) (tau low Delta : R).
Context (hot : 0 < tau).
Context (lead : 0 < Delta).
Context (others : size (outside P keys) = size (outside P longer)).
Context (more : 0 < size (inside P keys) < size (inside P longer)).

Let x := Delta / tau.
Let c := size (outside P longer).

Lemma added_entropy (list : list K) :
  list <> [] -> size (outside P list) = c ->
  let z := weights x (size (inside P list)) c in
  0 < z /\ attention_entropy list (anchored P low Delta) tau = curve (c * x) z - x.
Proof using hot.
  intros N C. pose proof (weights_pos list P tau low Delta hot N) as W.
  pose proof (entropy_by_level list P tau low Delta hot N) as E. fold x in W, E.
  rewrite C in W, E. split; [exact W |]. rewrite E. unfold curve.
  assert (F : size (inside P list) * exp x = weights x (size (inside P list)) c - c)
    by (unfold weights; ring).
  rewrite F. field. lra.
Qed.

Lemma added_order : weights x (size (inside P keys)) c < weights x (size (inside P longer)) c.
Proof using more. unfold weights. pose proof (exp_pos x). nra. Qed.

Lemma added_turning (r : R) :
  (anchor_redundancy_added_bound c x <= r -> c * x <= weights x r c) /\
  (r <= anchor_redundancy_added_bound c x -> weights x r c <= c * x).
Proof using.
  unfold anchor_redundancy_added_bound, weights. replace ((-1) * x) with (- x) by ring.
  rewrite exp_Ropp. pose proof (exp_pos x) as E.
  replace (c * (x - 1) * / exp x) with ((c * (x - 1)) / exp x) by reflexivity.
  assert (V : (c * (x - 1)) / exp x * exp x = c * (x - 1)) by (field; lra).
  split; intros L; apply (Rmult_le_compat_r (exp x)) in L; lra.
Qed.

Lemma added_rises :
  size (inside P keys) >= anchor_redundancy_added_bound c x ->
  attention_entropy keys (anchored P low Delta) tau
  < attention_entropy longer (anchored P low Delta) tau.
Proof using hot lead others more.
  intros T. destruct (added_entropy keys) as [Z ->]; [now apply (some_inside P) | exact others |].
  destruct (added_entropy longer) as [_ ->]; [apply (some_inside P); lra | reflexivity |].
  pose proof (curve_rises (c * x) _ _ Z (proj1 (added_turning _) (Rge_le _ _ T)) added_order). lra.
Qed.

Lemma added_falls :
  size (inside P longer) <= anchor_redundancy_added_bound c x ->
  attention_entropy longer (anchored P low Delta) tau
  < attention_entropy keys (anchored P low Delta) tau.
Proof using hot lead others more.
  intros T. destruct (added_entropy keys) as [Z ->]; [now apply (some_inside P) | exact others |].
  destruct (added_entropy longer) as [_ ->]; [apply (some_inside P); lra | reflexivity |].
  pose proof (curve_falls (c * x) _ _ Z added_order (proj2 (added_turning _) T)). lra.
Qed.
End Added.

(* one copy beside seven other tokens, and two: at x = 1 entropy rises, below both turning points *)
Lemma added_differs :
  let P := fun k => Nat.ltb k 2 in
  let keys := seq 1 8 in
  let longer := seq 0 9 in
  size (inside P longer) <= anchor_redundancy_bound (size keys) 1 /\
  size (inside P longer) <= anchor_redundancy_bound (size longer) 1 /\
  attention_entropy keys (anchored P 0 1) 1 < attention_entropy longer (anchored P 0 1) 1.
Proof.
  intros P keys longer.
  assert (R1 : size (inside P keys) = 1) by (unfold size; simpl; lra).
  assert (R2 : size (inside P longer) = 2) by (unfold size; simpl; lra).
  assert (C1 : size (outside P keys) = 7) by (unfold size; simpl; lra).
  assert (C2 : size (outside P longer) = 7) by (unfold size; simpl; lra).
  assert (N1 : size keys = 8) by (rewrite (size_split P); lra).
  assert (N2 : size longer = 9) by (rewrite (size_split P); lra).
  pose proof exp_le_3 as U. pose proof (exp_above_one 1 Rlt_0_1) as E.
  assert (T : forall n, 0 < n -> n / 4 <= anchor_redundancy_bound n 1).
  { intros n N. rewrite turning_exp by lra.
    replace (n * (1 * exp 1 - exp 1 + 1) / (exp 1 - 1) ^ 2) with (n / (exp 1 - 1) ^ 2)
      by (field; lra).
    apply Rmult_le_compat_l; [lra |]. apply Rinv_le_contravar; nra. }
  rewrite R2, N1, N2. pose proof (T 8). pose proof (T 9). split; [lra |]. split; [lra |].
  apply added_rises; try lra. rewrite R1, C2. unfold anchor_redundancy_added_bound.
  replace (1 / 1) with 1 by field. lra.
Qed.
