(* Softmax attention over a finite list of visible keys.

   keys : list K     the visible keys (a key listed twice counts twice)
   s : K -> R        their scores
   P : K -> bool     the relevant keys; `inside P keys` lists them, `outside P keys` the rest
   tau : R           the temperature, positive wherever it matters

   The distribution conditioned on a block is softmax attention over the sublist of that block, so
   conditional means and entropies are `mean` and `attention_entropy` of `inside P keys`,
   `outside P keys`.

   Proved here: the softmax distribution is positive and sums to one; total weight and mean split
   into block and rest; Gibbs' inequality with its equality case. *)
Require Import Reals Lra List Bool.
From Locality Require Import Functions.
From Locality Require Export Sums.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

Definition weight {K} (s : K -> R) (tau : R) (k : K) : R := exp (s k / tau).
Definition total_weight {K} (keys : list K) (s : K -> R) (tau : R) : R := sum (weight s tau) keys.
Definition probability {K} (keys : list K) (s : K -> R) (tau : R) (k : K) : R :=
  weight s tau k / total_weight keys s tau.

Definition fidelity {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  sum (probability keys s tau) (inside P keys).
Definition leakage {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  sum (probability keys s tau) (outside P keys).
Definition mean {K} (keys : list K) (s : K -> R) (tau : R) (v : K -> R) : R :=
  sum (fun k => probability keys s tau k * v k) keys.
Definition variance {K} (keys : list K) (s : K -> R) (tau : R) (v : K -> R) : R :=
  mean keys s tau (fun k => (v k - mean keys s tau v) ^ 2).
Definition entropy {K} (keys : list K) (p : K -> R) : R := - sum (fun k => p k * ln (p k)) keys.
Definition cross_entropy {K} (keys : list K) (p q : K -> R) : R :=
  - sum (fun k => p k * ln (q k)) keys.
Definition attention_entropy {K} (keys : list K) (s : K -> R) (tau : R) : R :=
  entropy keys (probability keys s tau).

(* every relevant score exceeds every other one by at least (exactly) Delta *)
Definition margin {K} (keys : list K) (P : K -> bool) (s : K -> R) (Delta : R) : Prop :=
  forall j k, In j keys -> P j = true -> In k keys -> P k = false -> s j - s k >= Delta.
Definition two_level {K} (keys : list K) (P : K -> bool) (s : K -> R) (Delta : R) : Prop :=
  forall j k, In j keys -> P j = true -> In k keys -> P k = false -> s j - s k = Delta.

Definition dialled {K} (P : K -> bool) (s : K -> R) (lambda : R) (k : K) : R :=
  if P k then s k else s k - lambda.

(* ---- margins ---- *)

Lemma two_level_margin {K} keys (P : K -> bool) s Delta :
  two_level keys P s Delta -> margin keys P s Delta.
Proof. intros T j k Ij Pj Ik Pk. rewrite (T j k); auto. apply Rge_refl. Qed.

(* for any gap there are two-level scores *)
Definition levels {K} (P : K -> bool) (Delta : R) (k : K) : R := if P k then 0 else - Delta.

Lemma two_level_levels {K} keys (P : K -> bool) Delta : two_level keys P (levels P Delta) Delta.
Proof. intros j k _ Pj _ Pk. unfold levels. rewrite Pj, Pk. ring. Qed.

Lemma two_level_shift {K} keys (P : K -> bool) s Delta :
  inside P keys <> [] -> outside P keys <> [] -> two_level keys P s Delta ->
  exists a, forall k, In k keys -> s k = levels P Delta k + a.
Proof.
  intros NR NC T. destruct (inside P keys) as [| j R] eqn:ER; [congruence |].
  destruct (outside P keys) as [| k C] eqn:EC; [congruence |].
  assert (J : In j keys /\ P j = true) by (rewrite <- in_inside, ER; apply in_eq).
  assert (I : In k keys /\ P k = false) by (rewrite <- in_outside, EC; apply in_eq).
  destruct J as [J Pj], I as [I Pk]. exists (s j). intros i Ii. unfold levels.
  pose proof (T j k J Pj I Pk). destruct (P i) eqn:Pi.
  - pose proof (T i k Ii Pi I Pk). lra.
  - pose proof (T j i J Pj Ii Pi). lra.
Qed.

(* ---- the softmax distribution ---- *)

Lemma weight_pos {K} (s : K -> R) tau k : 0 < weight s tau k.
Proof. apply exp_pos. Qed.

Lemma total_weight_pos {K} (keys : list K) s tau : keys <> [] -> 0 < total_weight keys s tau.
Proof. intros N. apply sum_pos; auto using weight_pos. Qed.

Lemma total_weight_split {K} (P : K -> bool) keys s tau :
  total_weight keys s tau
  = total_weight (inside P keys) s tau + total_weight (outside P keys) s tau.
Proof. apply sum_split. Qed.

Lemma probability_pos {K} (keys : list K) s tau k : keys <> [] -> 0 < probability keys s tau k.
Proof. intros N. apply Rdiv_lt_0_compat; auto using weight_pos, total_weight_pos. Qed.

(* attention sees scores only up to a common constant *)
Lemma probability_shift {K} (keys : list K) s t tau a :
  (forall k, In k keys -> s k = t k + a) ->
  forall k, In k keys -> probability keys s tau k = probability keys t tau k.
Proof.
  intros E k I.
  assert (W : forall j, In j keys -> weight s tau j = weight t tau j * exp (a / tau)).
  { intros j J. unfold weight. rewrite <- exp_plus, E by assumption. f_equal. unfold Rdiv. ring. }
  unfold probability, total_weight. rewrite (sum_ext _ _ keys W), sum_scale_r, W by assumption.
  assert (0 < total_weight keys t tau) as Z by (apply total_weight_pos; intros ->; exact I).
  unfold total_weight in Z. pose proof (exp_pos (a / tau)). field. lra.
Qed.

Lemma probability_total {K} (keys : list K) s tau :
  keys <> [] -> sum (probability keys s tau) keys = 1.
Proof.
  intros N. unfold probability. rewrite sum_divide. fold (total_weight keys s tau).
  pose proof (total_weight_pos keys s tau N). field; lra.
Qed.

Lemma ln_probability {K} (keys : list K) s tau k :
  keys <> [] -> ln (probability keys s tau k) = s k / tau - ln (total_weight keys s tau).
Proof.
  intros N. unfold probability, weight.
  rewrite ln_quotient, ln_exp; auto using exp_pos, total_weight_pos.
Qed.

Lemma mean_total {K} (keys : list K) s tau v :
  keys <> [] ->
  mean keys s tau v = sum (fun k => weight s tau k * v k) keys / total_weight keys s tau.
Proof.
  intros N. unfold mean, probability. rewrite <- sum_divide. apply sum_ext. intros.
  pose proof (total_weight_pos keys s tau N). field; lra.
Qed.

Lemma mean_lt {K} (keys : list K) s tau v a :
  (forall k, In k keys -> v k <= a) -> (exists k, In k keys /\ v k < a) ->
  mean keys s tau v < a.
Proof.
  intros L [k [I S]]. assert (N : keys <> []) by (intros ->; exact I).
  assert (T : forall j, In j keys -> 0 <= probability keys s tau j * (a - v j)).
  { intros j J. specialize (L j J). pose proof (probability_pos keys s tau j N). nra. }
  enough (0 < sum (fun j => probability keys s tau j * (a - v j)) keys) as G.
  { rewrite (sum_ext _ (fun j => probability keys s tau j * a
                                 - probability keys s tau j * v j)) in G by (intros; ring).
    rewrite sum_minus, sum_scale_r, probability_total in G by assumption. unfold mean. lra. }
  destruct (sum_nonneg _ keys T) as [G | E]; [exact G |]. symmetry in E.
  pose proof (sum_zero _ keys T E k I) as Z. pose proof (probability_pos keys s tau k N).
  simpl in Z. nra.
Qed.

Lemma mean_gt {K} (keys : list K) s tau v a :
  (forall k, In k keys -> a <= v k) -> (exists k, In k keys /\ a < v k) ->
  a < mean keys s tau v.
Proof.
  intros L [k [I S]]. enough (mean keys s tau (fun j => - v j) < - a) as G.
  { unfold mean in *. rewrite (sum_ext _ (fun j => -1 * (probability keys s tau j * v j))) in G
      by (intros; ring). rewrite sum_scale in G. lra. }
  apply mean_lt; [intros j J; specialize (L j J); lra | exists k; split; [assumption | lra]].
Qed.

Lemma mean_const_on {K} (keys : list K) s tau v a :
  keys <> [] -> (forall k, In k keys -> v k = a) -> mean keys s tau v = a.
Proof.
  intros N E. unfold mean.
  rewrite (sum_ext _ (fun k => probability keys s tau k * a)) by (intros; now rewrite E).
  rewrite sum_scale_r, probability_total by assumption. ring.
Qed.

Lemma mean_const {K} (keys : list K) s tau a : keys <> [] -> mean keys s tau (fun _ => a) = a.
Proof. intros N. now apply mean_const_on. Qed.

Lemma leakage_eq {K} (keys : list K) P s tau :
  leakage keys P s tau = total_weight (outside P keys) s tau / total_weight keys s tau.
Proof. unfold leakage, probability. now rewrite sum_divide. Qed.

Lemma fidelity_eq {K} (keys : list K) P s tau :
  fidelity keys P s tau = total_weight (inside P keys) s tau / total_weight keys s tau.
Proof. unfold fidelity, probability. now rewrite sum_divide. Qed.

Lemma fidelity_leakage {K} (keys : list K) P s tau :
  keys <> [] -> fidelity keys P s tau = 1 - leakage keys P s tau.
Proof.
  intros N. unfold fidelity, leakage. rewrite <- (probability_total keys s tau N).
  rewrite (sum_split P (probability keys s tau) keys). ring.
Qed.

Lemma leakage_between {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < leakage keys P s tau < 1.
Proof.
  intros NR NC. rewrite leakage_eq, (total_weight_split P keys).
  pose proof (total_weight_pos _ s tau NR) as A. pose proof (total_weight_pos _ s tau NC) as B.
  revert A B. generalize (total_weight (inside P keys) s tau) (total_weight (outside P keys) s tau).
  intros a b A B. split; [apply Rdiv_lt_0_compat; lra |].
  apply Rmult_lt_reg_r with (a + b); [lra |]. field_simplify; lra.
Qed.

Lemma fidelity_between {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < fidelity keys P s tau < 1.
Proof.
  intros NR NC. pose proof (leakage_between keys P s tau NR NC).
  rewrite fidelity_leakage by eauto using inside_not_nil. lra.
Qed.

(* a mean is the block's mean and the rest's mean, weighted by fidelity and leakage *)
Lemma mean_split {K} (keys : list K) P s tau v :
  inside P keys <> [] -> outside P keys <> [] ->
  mean keys s tau v = fidelity keys P s tau * mean (inside P keys) s tau v
                      + leakage keys P s tau * mean (outside P keys) s tau v.
Proof.
  intros NR NC. rewrite !mean_total, leakage_eq, fidelity_eq by eauto using inside_not_nil.
  rewrite (sum_split P _ keys), (total_weight_split P keys).
  pose proof (total_weight_pos _ s tau NR). pose proof (total_weight_pos _ s tau NC). field. lra.
Qed.

(* ---- Gibbs' inequality ---- *)

Lemma gibbs_term (p q : R) : 0 < p -> 0 < q -> p * ln q - p * ln p <= q - p.
Proof.
  intros A B. pose proof (ln_below_tangent (q / p) (Rdiv_lt_0_compat q p B A)) as L.
  rewrite ln_quotient in L by assumption.
  replace (q - p) with (p * (q / p - 1)) by (field; lra). nra.
Qed.

Lemma gibbs_term_equality (p q : R) : 0 < p -> 0 < q -> p * ln q - p * ln p = q - p -> p = q.
Proof.
  intros A B E. pose proof (Rdiv_lt_0_compat q p B A) as T.
  assert (R : q / p * p = q) by (field; lra).
  enough (q / p = 1) by (rewrite H in R; lra).
  apply ln_tangent_equality; [assumption |]. rewrite ln_quotient by assumption.
  apply Rmult_eq_reg_r with p; lra.
Qed.

Theorem gibbs {K} (keys : list K) (p q : K -> R) :
  (forall k, In k keys -> 0 < p k) -> (forall k, In k keys -> 0 < q k) ->
  sum q keys = sum p keys -> entropy keys p <= cross_entropy keys p q.
Proof.
  intros A B E. unfold entropy, cross_entropy.
  pose proof (sum_le (fun k => p k * ln (q k) - p k * ln (p k)) (fun k => q k - p k) keys) as L.
  rewrite !sum_minus in L. enough (sum (fun k => p k * ln (q k)) keys
    - sum (fun k => p k * ln (p k)) keys <= sum q keys - sum p keys) by lra.
  apply L. intros. apply gibbs_term; auto.
Qed.

Theorem gibbs_equality {K} (keys : list K) (p q : K -> R) :
  (forall k, In k keys -> 0 < p k) -> (forall k, In k keys -> 0 < q k) ->
  sum q keys = sum p keys -> entropy keys p = cross_entropy keys p q ->
  forall k, In k keys -> p k = q k.
Proof.
  intros A B E H k I. unfold entropy, cross_entropy in H. apply gibbs_term_equality; auto.
  apply (sum_le_equality (fun k => p k * ln (q k) - p k * ln (p k)) (fun k => q k - p k) keys);
    [intros; apply gibbs_term; auto | rewrite !sum_minus; lra | exact I].
Qed.

(* ---- entropies of softmax distributions ---- *)

(* the cross entropy of two attention distributions over the same keys *)
Lemma cross_entropy_softmax {K} (keys : list K) s t tau :
  keys <> [] ->
  cross_entropy keys (probability keys s tau) (probability keys t tau)
  = ln (total_weight keys t tau) - mean keys s tau t / tau.
Proof.
  intros N. unfold cross_entropy, mean. set (p := probability keys s tau).
  rewrite (sum_ext _ (fun k => p k * t k / tau - p k * ln (total_weight keys t tau))).
  - rewrite sum_minus, sum_divide, sum_scale_r. unfold p at 2.
    rewrite probability_total; auto. ring.
  - intros. rewrite ln_probability by assumption. unfold Rdiv. ring.
Qed.

(* H = ln Z - E[s] / tau *)
Lemma attention_entropy_eq {K} (keys : list K) s tau :
  keys <> [] ->
  attention_entropy keys s tau = ln (total_weight keys s tau) - mean keys s tau s / tau.
Proof. intros N. now rewrite <- cross_entropy_softmax. Qed.

Lemma attention_entropy_shift {K} (keys : list K) s t tau a :
  (forall k, In k keys -> s k = t k + a) ->
  attention_entropy keys s tau = attention_entropy keys t tau.
Proof.
  intros E. unfold attention_entropy, entropy. f_equal. apply sum_ext. intros k I.
  now rewrite (probability_shift keys s t tau a E k I).
Qed.

Theorem gibbs_softmax {K} (keys : list K) s t tau :
  keys <> [] ->
  attention_entropy keys s tau <= ln (total_weight keys t tau) - mean keys s tau t / tau.
Proof.
  intros N. rewrite <- cross_entropy_softmax by assumption.
  apply gibbs; auto using probability_pos. now rewrite !probability_total.
Qed.

(* equality only if the two score functions differ by a constant *)
Theorem gibbs_softmax_equality {K} (keys : list K) s t tau :
  keys <> [] -> 0 < tau ->
  attention_entropy keys s tau = ln (total_weight keys t tau) - mean keys s tau t / tau ->
  forall j k, In j keys -> In k keys -> s j - s k = t j - t k.
Proof.
  intros N T E j k J I. rewrite <- cross_entropy_softmax in E by assumption.
  assert (S : forall i, In i keys ->
    s i / tau - ln (total_weight keys s tau) = t i / tau - ln (total_weight keys t tau)).
  { intros i Ii. rewrite <- !ln_probability by assumption. f_equal.
    apply (gibbs_equality keys); auto using probability_pos. now rewrite !probability_total. }
  pose proof (S j J). pose proof (S k I).
  apply Rmult_eq_reg_r with (/ tau); [| apply Rinv_neq_0_compat; lra]. unfold Rdiv in *. lra.
Qed.
