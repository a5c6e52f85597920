(* entropy -- at nonnegative margin the entropy of attention is at most that of two-level scores.

   Source: localist, the announced exponential bound on attention entropy.
   Assumes: tau > 0; the block and the rest are not empty; every relevant score exceeds every other
   one by at least Delta; Delta >= 0.

   Proved: the bound (entropy_le_bound); equality exactly for two-level scores with gap Delta
   (entropy_eq_bound_iff); the derivative of the bound in x is -x e (1 - e), e the leakage bound
   (entropy_bound_derivative), so it falls on x >= 0 (entropy_bound_decreasing) and any lower bound
   on the margin may be used; for every Delta < 0 and every m, c >= 1 with m + c >= 3 there are
   scores of margin exactly Delta whose entropy is larger (entropy_negative_margin_fails). *)
Require Import Reals Lra Lia List Arith.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Leakage.
Import ListNotations.
Open Scope R_scope.

Lemma entropy_bound_eq (m c x : R) :
  0 < m -> 0 < c -> entropy_bound m c x = ln (m + c * exp (- x)) + x * leakage_bound m c x.
Proof.
  intros M C. destruct (leakage_bound_odds m c x M C) as [U ->].
  pose proof (odds_worst m c x M C) as O. unfold entropy_bound. rearrange (ln (c / m) - x).
  set (L := ln (c / m) - x) in *. set (u := c / m * exp (- x)) in *.
  transitivity (ln m + softplus L + x * sigmoid L); [ring |].
  rewrite sigmoid_odds, O. unfold softplus. fold (odds L). rewrite O.
  rewrite <- ln_mult by lra. do 2 f_equal. unfold u. field. lra.
Qed.

Section Bound.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).

Let m := size (inside P keys).
Let c := size (outside P keys).
Let x := Delta / tau.

(* the cross entropy against two-level scores of gap Delta *)
Lemma cross_entropy_levels :
  ln (total_weight keys (levels P Delta) tau) - mean keys s tau (levels P Delta) / tau
  = ln (m + c * exp (- x)) + x * leakage keys P s tau.
Proof.
  assert (Z : total_weight keys (levels P Delta) tau = m + c * exp (- x)).
  { rewrite (total_weight_split P). unfold total_weight, weight, levels. f_equal.
    - rewrite (sum_const_on 1); [fold m; ring |]. intros k I. apply in_inside in I.
      rewrite (proj2 I). unfold Rdiv. rewrite Rmult_0_l. apply exp_0.
    - apply sum_const_on. intros k I. apply in_outside in I. rewrite (proj2 I).
      f_equal. unfold x, Rdiv. ring. }
  assert (E : mean keys s tau (levels P Delta) = - Delta * leakage keys P s tau).
  { unfold mean, leakage. rewrite (sum_split P), (sum_const_on 0 _ (inside P keys)).
    - rewrite <- sum_scale, Rmult_0_r, Rplus_0_l. apply sum_ext. intros k I.
      apply in_outside in I. unfold levels. rewrite (proj2 I). ring.
    - intros k I. apply in_inside in I. unfold levels. rewrite (proj2 I). ring. }
  rewrite Z, E. unfold x, Rdiv. ring.
Qed.

Theorem entropy_le_leakage :
  attention_entropy keys s tau <= ln (m + c * exp (- x)) + x * leakage keys P s tau.
Proof. rewrite <- cross_entropy_levels. eauto using gibbs_softmax, inside_not_nil. Qed.

Theorem entropy_le_bound :
  0 <= Delta -> margin keys P s Delta -> attention_entropy keys s tau <= entropy_bound m c x.
Proof.
  intros D M. rewrite entropy_bound_eq by (apply size_pos; assumption).
  pose proof entropy_le_leakage.
  pose proof (leakage_le_bound keys P s tau Delta positive block rest M) as L. fold m c x in L.
  assert (0 <= x) by (apply Rdiv_le_0_compat; assumption). nra.
Qed.

Lemma entropy_two_level :
  two_level keys P s Delta -> attention_entropy keys s tau = entropy_bound m c x.
Proof.
  intros T. destruct (two_level_shift keys P s Delta block rest T) as [a E].
  assert (N : keys <> []) by eauto using inside_not_nil.
  rewrite entropy_bound_eq by (apply size_pos; assumption). fold m c.
  replace (leakage_bound m c x) with (leakage keys P s tau).
  2: { apply leakage_eq_bound_iff; auto using two_level_margin. }
  rewrite <- cross_entropy_levels, <- cross_entropy_softmax by assumption.
  unfold attention_entropy, entropy, cross_entropy. f_equal. apply sum_ext. intros k I.
  now rewrite (probability_shift keys s (levels P Delta) tau a E k I).
Qed.

Theorem entropy_eq_bound_iff :
  0 <= Delta -> margin keys P s Delta ->
  (attention_entropy keys s tau = entropy_bound m c x <-> two_level keys P s Delta).
Proof.
  intros D M. split; [| apply entropy_two_level]. intros E j k Ij Pj Ik Pk.
  rewrite entropy_bound_eq in E by (apply size_pos; assumption).
  pose proof entropy_le_leakage.
  pose proof (leakage_le_bound keys P s tau Delta positive block rest M) as L. fold m c x in L.
  assert (0 <= x) by (apply Rdiv_le_0_compat; assumption).
  assert (N : keys <> []) by eauto using inside_not_nil.
  rewrite (gibbs_softmax_equality keys s (levels P Delta) tau N positive); auto.
  - unfold levels. rewrite Pj, Pk. ring.
  - rewrite cross_entropy_levels. nra.
Qed.
End Bound.

(* ---- the bound falls with the margin ---- *)

Theorem entropy_bound_derivative (m c x : R) :
  0 < m -> 0 < c ->
  is_derive (entropy_bound m c) x (- x * leakage_bound m c x * (1 - leakage_bound m c x)).
Proof.
  intros M C. assert (S : 0 < m + c * exp (- x)) by (pose proof (exp_pos (- x)); nra).
  apply (is_derive_ext (fun y => ln (m + c * exp (- y))
                                 + y * (c * exp (- y) / (m + c * exp (- y))))).
  { intros y. now rewrite entropy_bound_eq, leakage_bound_eq. }
  rewrite leakage_bound_eq by assumption.
  auto_derive; [repeat split; lra | field; lra].
Qed.

Theorem entropy_bound_decreasing (m c x y : R) :
  0 < m -> 0 < c -> 0 <= x -> x < y -> entropy_bound m c y < entropy_bound m c x.
Proof.
  intros M C X L.
  apply decreasing_by_derivative
    with (fun t => - t * leakage_bound m c t * (1 - leakage_bound m c t));
    [assumption | intros; now apply entropy_bound_derivative |].
  intros t T. pose proof (leakage_bound_between m c t M C).
  enough (0 < t * (leakage_bound m c t * (1 - leakage_bound m c t))) by lra.
  apply Rmult_lt_0_compat; [lra |]. apply Rmult_lt_0_compat; lra.
Qed.

(* ---- boundary: a negative margin ---- *)

(* moving the scores of Q to the mean of the others raises the entropy *)
Definition moved {K} (keys : list K) (Q : K -> bool) (s : K -> R) (tau : R) (k : K) : R :=
  if Q k then mean (outside Q keys) s tau s else s k.

Lemma mean_moved {K} (keys : list K) Q s t tau :
  inside Q keys <> [] -> outside Q keys <> [] ->
  (forall k, In k (outside Q keys) -> t k = s k) ->
  mean keys t tau (moved keys Q s tau) = mean (outside Q keys) s tau s.
Proof.
  intros NQ NO E. assert (N : keys <> []) by eauto using inside_not_nil.
  rewrite (mean_split keys Q), fidelity_leakage by assumption.
  set (M := mean (outside Q keys) s tau s).
  assert (mean (inside Q keys) t tau (moved keys Q s tau) = M) as ->.
  { apply mean_const_on; [assumption |]. intros k I. apply in_inside in I.
    unfold moved. now rewrite (proj2 I). }
  assert (mean (outside Q keys) t tau (moved keys Q s tau) = M) as ->.
  { apply sum_ext. intros k I. rewrite (probability_shift _ t s tau 0) by
      (try assumption; intros; rewrite E by assumption; ring).
    apply in_outside in I. unfold moved. now rewrite (proj2 I). }
  ring.
Qed.

Lemma entropy_moved {K} (keys : list K) Q s tau j k :
  0 < tau -> In j keys -> Q j = true -> In k keys -> Q k = false ->
  s j <> mean (outside Q keys) s tau s ->
  attention_entropy keys s tau < attention_entropy keys (moved keys Q s tau) tau.
Proof.
  intros T J Qj I Qk D. assert (N : keys <> []) by (intros ->; exact I).
  assert (NQ : inside Q keys <> []) by eauto using inside_occupied.
  assert (NO : outside Q keys <> []) by eauto using outside_occupied.
  pose proof (gibbs_softmax keys s (moved keys Q s tau) tau N) as G.
  assert (E : attention_entropy keys (moved keys Q s tau) tau
    = ln (total_weight keys (moved keys Q s tau) tau) - mean keys s tau (moved keys Q s tau) / tau).
  { rewrite attention_entropy_eq by assumption. do 2 f_equal. rewrite !mean_moved; auto.
    intros i O. apply in_outside in O. unfold moved. now rewrite (proj2 O). }
  rewrite <- E in G. destruct G as [G | G]; [exact G | exfalso]. rewrite E in G.
  pose proof (gibbs_softmax_equality keys s _ tau N T G j k J I) as F.
  unfold moved in F. rewrite Qj, Qk in F. lra.
Qed.

Lemma sizes_of_first (m c : nat) :
  size (inside (fun k => k <? m) (seq 0 (m + c))) = INR m /\
  size (outside (fun k => k <? m) (seq 0 (m + c))) = INR c.
Proof.
  assert (A : forall l, (forall k, In k l -> (k < m)%nat) -> inside (fun k => k <? m) l = l
              /\ outside (fun k => k <? m) l = []).
  { induction l as [| k l IH]; [easy |]. intros L.
    destruct IH as [I O]; [intros; apply L; simpl; auto |].
    unfold inside, outside in *. cbn [filter].
    rewrite (proj2 (Nat.ltb_lt k m)) by (apply L; simpl; auto). cbn [negb]. now rewrite I, O. }
  assert (B : forall l, (forall k, In k l -> (m <= k)%nat) -> inside (fun k => k <? m) l = []
              /\ outside (fun k => k <? m) l = l).
  { induction l as [| k l IH]; [easy |]. intros L.
    destruct IH as [I O]; [intros; apply L; simpl; auto |].
    unfold inside, outside in *. cbn [filter].
    rewrite (proj2 (Nat.ltb_ge k m)) by (apply L; simpl; auto). cbn [negb]. now rewrite I, O. }
  destruct (A (seq 0 m)) as [AI AO]; [intros k; rewrite in_seq; lia |].
  destruct (B (seq m c)) as [BI BO]; [intros k; rewrite in_seq; lia |].
  unfold size, inside, outside in *. rewrite seq_app, !filter_app, !app_length.
  rewrite Nat.add_0_l, AI, AO, BI, BO. simpl. rewrite !seq_length. split; f_equal; lia.
Qed.

Theorem entropy_negative_margin_fails (m c : nat) (tau Delta : R) :
  (1 <= m)%nat -> (1 <= c)%nat -> (3 <= m + c)%nat -> 0 < tau -> Delta < 0 ->
  let keys := seq 0 (m + c) in
  let P := fun k => k <? m in
  exists s, margin keys P s Delta
    /\ (exists j k, In j keys /\ P j = true /\ In k keys /\ P k = false /\ s j - s k = Delta)
    /\ attention_entropy keys s tau > entropy_bound (INR m) (INR c) (Delta / tau).
Proof.
  intros M C N T D keys P. set (s := levels P Delta).
  destruct (sizes_of_first m c) as [SR SC]. fold P keys in SR, SC.
  assert (Rel : forall k, (k < m)%nat -> In k keys /\ P k = true).
  { intros k L. unfold keys, P. rewrite in_seq. split; [lia | now apply Nat.ltb_lt]. }
  assert (Off : forall k, (m <= k < m + c)%nat -> In k keys /\ P k = false).
  { intros k L. unfold keys, P. rewrite in_seq. split; [lia | apply Nat.ltb_ge; lia]. }
  assert (NR : inside P keys <> []) by (apply (inside_occupied P keys 0%nat); apply Rel; lia).
  assert (NC : outside P keys <> []) by (apply (outside_occupied P keys m); apply Off; lia).
  assert (H0 : attention_entropy keys s tau = entropy_bound (INR m) (INR c) (Delta / tau)).
  { rewrite <- SR, <- SC. now apply entropy_two_level; [| | | apply two_level_levels]. }
  assert (Lv : forall k, s k = if P k then 0 else - Delta) by reflexivity.
  assert (S01 : forall k, 0 <= s k <= - Delta) by (intros k; rewrite Lv; destruct (P k); lra).
  destruct (le_lt_dec 2 c) as [C2 | C1].
  - (* lower the first other key: the second keeps the margin *)
    set (Q := Nat.eqb m). set (M0 := mean (outside Q keys) s tau s).
    assert (Q0 : forall k, k <> m -> Q k = false) by (intros; apply Nat.eqb_neq; auto).
    assert (Qm : Q m = true) by apply Nat.eqb_refl.
    destruct (Rel 0%nat M) as [I0 P0]. destruct (Off m ltac:(lia)) as [Im Pm].
    destruct (Off (S m) ltac:(lia)) as [I1 P1].
    assert (B : M0 < - Delta).
    { apply mean_lt; [intros; apply S01 |]. exists 0%nat. rewrite in_outside, Lv, P0.
      repeat split; [assumption | apply Q0; lia | lra]. }
    exists (moved keys Q s tau). repeat split.
    + intros j k Ij Pj Ik Pk. unfold moved. fold M0. rewrite (Q0 j) by congruence.
      rewrite (Lv j), Pj. destruct (Q k); [| rewrite Lv, Pk]; lra.
    + exists 0%nat, (S m). repeat split; auto. unfold moved.
      rewrite !Q0, !Lv, P0, P1 by lia. lra.
    + rewrite <- H0. apply (entropy_moved keys Q s tau m 0%nat); auto; [apply Q0; lia |].
      fold M0. rewrite Lv, Pm. lra.
  - (* raise the first relevant key: the second keeps the margin *)
    set (Q := Nat.eqb 0). set (M0 := mean (outside Q keys) s tau s).
    assert (Q0 : forall k, k <> 0%nat -> Q k = false) by (intros; apply Nat.eqb_neq; auto).
    destruct (Rel 0%nat M) as [I0 P0]. destruct (Rel 1%nat ltac:(lia)) as [I1 P1].
    destruct (Off m ltac:(lia)) as [Im Pm].
    assert (B : 0 < M0).
    { apply mean_gt; [intros; apply S01 |]. exists m. rewrite in_outside, Lv, Pm.
      repeat split; [assumption | apply Q0; lia | lra]. }
    exists (moved keys Q s tau). repeat split.
    + intros j k Ij Pj Ik Pk. unfold moved. fold M0. rewrite (Q0 k) by congruence.
      rewrite (Lv k), Pk. destruct (Q j); [| rewrite Lv, Pj]; lra.
    + exists 1%nat, m. repeat split; auto. unfold moved.
      rewrite !Q0, !Lv, P1, Pm by lia. lra.
    + rewrite <- H0. apply (entropy_moved keys Q s tau 0%nat m); auto; [apply Q0; lia |].
      fold M0. rewrite Lv, P0. lra.
Qed.
