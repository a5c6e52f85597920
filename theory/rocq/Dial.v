(* dial -- subtracting lambda from every score outside the block moves the log-odds of fidelity by
   lambda/tau, exactly.

   Source: localist, locality as a dial that is turned continuously and without retraining.
   Assumes: tau > 0; the block and the rest are not empty. The dial lambda is any real number.

   Proved: logit F(lambda) = logit F(0) + lambda/tau (dial_logit, and dial_fidelity for F itself);
   the dial that a fidelity asks for (dial_threshold); fidelity tends to 1 as lambda grows
   (dial_to_infinity); the total variation between two settings is the difference of their fidelities
   (dial_total_variation) and at most tanh (|lambda - lambda'|/(4 tau)) (dial_stability), with equality
   exactly when the settings lie symmetrically around the dial of fidelity 1/2, or coincide
   (dial_stability_equality); a dial that lowers only some of the scores outside the block moves the
   log-odds by less (dial_partial_moves_less). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus.
Import ListNotations.
Open Scope R_scope.

Lemma dial_bound_eq (fidelity lambda tau : R) :
  0 < tau -> dial_bound fidelity lambda tau = sigmoid (logit fidelity + lambda / tau).
Proof. intros T. unfold dial_bound. apply f_equal. field. lra. Qed.

Lemma dial_stability_bound_eq (step tau : R) :
  0 < tau -> dial_stability_bound step tau = tanh (step / (4 * tau)).
Proof. intros T. unfold dial_stability_bound. apply f_equal. field. lra. Qed.

(* ---- what the dial does to a block and to the rest ---- *)

Lemma dialled_zero {K} (P : K -> bool) s k : dialled P s 0 k = s k.
Proof. unfold dialled. destruct (P k); ring. Qed.

Lemma dialled_inside {K} (keys : list K) P s lambda k :
  In k (inside P keys) -> dialled P s lambda k = s k.
Proof. intros I. apply in_inside in I as [_ E]. unfold dialled. now rewrite E. Qed.

Lemma dialled_outside {K} (keys : list K) P s lambda k :
  In k (outside P keys) -> dialled P s lambda k = s k + - lambda.
Proof. intros I. apply in_outside in I as [_ E]. unfold dialled. rewrite E. ring. Qed.

Lemma total_weight_inside {K} (keys : list K) P s lambda tau :
  total_weight (inside P keys) (dialled P s lambda) tau = total_weight (inside P keys) s tau.
Proof. apply sum_ext. intros k I. unfold weight. now rewrite (dialled_inside keys). Qed.

Lemma total_weight_outside {K} (keys : list K) P s lambda tau :
  total_weight (outside P keys) (dialled P s lambda) tau
  = exp (- (lambda / tau)) * total_weight (outside P keys) s tau.
Proof.
  unfold total_weight. rewrite <- sum_scale. apply sum_ext. intros k I.
  unfold weight. rewrite (dialled_outside keys), <- exp_plus by assumption. f_equal. unfold Rdiv. ring.
Qed.

(* the distributions conditioned on the block and on the rest do not move *)
Lemma probability_inside {K} (keys : list K) P s lambda tau k :
  In k (inside P keys) ->
  probability (inside P keys) (dialled P s lambda) tau k = probability (inside P keys) s tau k.
Proof.
  apply (probability_shift _ _ _ tau 0). intros. rewrite (dialled_inside keys) by assumption. ring.
Qed.

Lemma probability_outside {K} (keys : list K) P s lambda tau k :
  In k (outside P keys) ->
  probability (outside P keys) (dialled P s lambda) tau k = probability (outside P keys) s tau k.
Proof. apply (probability_shift _ _ _ tau (- lambda)). intros. now apply (dialled_outside keys). Qed.

(* ---- the log-odds move by lambda/tau ---- *)

Lemma logit_fidelity {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] ->
  logit (fidelity keys P s tau)
  = ln (total_weight (inside P keys) s tau) - ln (total_weight (outside P keys) s tau).
Proof.
  intros NR NC. pose proof (total_weight_pos _ s tau NR). pose proof (total_weight_pos _ s tau NC).
  unfold logit. rewrite <- ln_quotient by assumption. f_equal.
  rewrite fidelity_eq, (total_weight_split P keys). field. lra.
Qed.

Theorem dial_logit {K} (keys : list K) P s lambda tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  logit (fidelity keys P (dialled P s lambda) tau) = logit (fidelity keys P s tau) + lambda / tau.
Proof.
  intros NR NC T. rewrite !logit_fidelity, total_weight_inside, total_weight_outside by assumption.
  rewrite ln_mult, ln_exp; [ring | apply exp_pos | now apply total_weight_pos].
Qed.

Theorem dial_fidelity {K} (keys : list K) P s lambda tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  fidelity keys P (dialled P s lambda) tau = dial_bound (fidelity keys P s tau) lambda tau.
Proof.
  intros NR NC T. rewrite dial_bound_eq, <- dial_logit, sigmoid_logit; auto using fidelity_between.
Qed.

(* keep is true on the block and on the keys outside it that the dial leaves alone *)
Theorem dial_partial_moves_less {K} (keys : list K) P keep s lambda tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> 0 < lambda ->
  (forall k, In k keys -> P k = true -> keep k = true) ->
  (exists k, In k keys /\ P k = false /\ keep k = true) ->
  logit (fidelity keys P (dialled keep s lambda) tau) < logit (fidelity keys P s tau) + lambda / tau.
Proof.
  intros NR NC T L B (k & J & Pk & Kk). rewrite <- dial_logit, !logit_fidelity by assumption.
  assert (A : total_weight (inside P keys) (dialled keep s lambda) tau
              = total_weight (inside P keys) (dialled P s lambda) tau).
  { apply sum_ext. intros i I. apply in_inside in I as [I Pi]. unfold weight, dialled.
    now rewrite Pi, (B i I Pi). }
  assert (M : forall i, In i (outside P keys) ->
    weight (dialled P s lambda) tau i <= weight (dialled keep s lambda) tau i).
  { intros i I. apply exp_le, Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |].
    rewrite (dialled_outside keys) by assumption. unfold dialled. destruct (keep i); lra. }
  rewrite A. apply Rplus_lt_compat_l, Ropp_lt_contravar, ln_increasing; [now apply total_weight_pos |].
  destruct (sum_le _ _ _ M) as [S | E]; [exact S | exfalso].
  assert (I : In k (outside P keys)) by now apply in_outside.
  pose proof (sum_le_equality _ _ _ M E k I) as W. apply exp_inv in W.
  unfold dialled in W. rewrite Pk, Kk in W.
  apply Rmult_eq_reg_r in W; [lra | apply Rinv_neq_0_compat; lra].
Qed.

Theorem dial_threshold {K} (keys : list K) P s lambda tau delta :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> 0 < delta < 1 ->
  fidelity keys P (dialled P s lambda) tau >= 1 - delta
  <-> lambda >= tau * (logit (1 - delta) - logit (fidelity keys P s tau)).
Proof.
  intros NR NC T D. pose proof (dial_logit keys P s lambda tau NR NC T) as E.
  assert (L : lambda = tau * (lambda / tau)) by (field; lra).
  split; intros H; apply Rle_ge; apply Rge_le in H.
  - apply logit_le_iff in H; [| lra | now apply fidelity_between]. rewrite L.
    apply Rmult_le_compat_l; lra.
  - apply logit_le_iff; [lra | now apply fidelity_between |]. rewrite L in H.
    apply Rmult_le_reg_l in H; lra.
Qed.

Theorem dial_to_infinity {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  is_lim (fun lambda => fidelity keys P (dialled P s lambda) tau) p_infty 1.
Proof.
  intros NR NC T. pose proof (total_weight_pos _ s tau NR) as A.
  set (a := total_weight (inside P keys) s tau) in *. set (b := total_weight (outside P keys) s tau).
  apply filterlim_ext with (fun lambda => a / (a + exp (- / tau * lambda) * b)).
  - intros lambda. rewrite fidelity_eq, (total_weight_split P keys).
    rewrite total_weight_inside, total_weight_outside. fold a b.
    replace (- (lambda / tau)) with (- / tau * lambda) by (unfold Rdiv; ring). reflexivity.
  - replace (Finite 1) with (Finite (a / (a + 0 * b))) by (f_equal; field; lra).
    refine (filterlim_ratio (Rbar_locally p_infty) (fun _ => a) _ a _ _ (filterlim_const a) _);
      [lra |].
    refine (filterlim_comp_2 (fun _ => a) _ Rplus (filterlim_const a) _
      (filterlim_plus (V := R_NormedModule) a (0 * b))).
    refine (filterlim_comp_2 _ (fun _ => b) Rmult _ (filterlim_const b)
      (filterlim_mult (K := R_AbsRing) 0 b)).
    apply (exp_limit_m_infty (Rbar_locally p_infty) (fun lambda => - / tau * lambda)).
    apply negative_multiple_limit. pose proof (Rinv_0_lt_compat tau T). lra.
Qed.

(* ---- how far one setting is from another ---- *)

Definition total_variation {K} (keys : list K) (p q : K -> R) : R :=
  sum (fun k => Rabs (p k - q k)) keys / 2.

(* p = F p_R on the block and (1 - F) p_C on the rest *)
Lemma probability_block {K} (keys : list K) P s tau k :
  inside P keys <> [] ->
  probability keys s tau k = fidelity keys P s tau * probability (inside P keys) s tau k.
Proof.
  intros NR. assert (N : keys <> []) by eauto using inside_not_nil. rewrite fidelity_eq.
  pose proof (total_weight_pos _ s tau NR). pose proof (total_weight_pos _ s tau N).
  unfold probability. field. lra.
Qed.

Lemma probability_rest {K} (keys : list K) P s tau k :
  outside P keys <> [] ->
  probability keys s tau k = leakage keys P s tau * probability (outside P keys) s tau k.
Proof.
  intros NC. assert (N : keys <> []) by eauto using outside_not_nil. rewrite leakage_eq.
  pose proof (total_weight_pos _ s tau NC). pose proof (total_weight_pos _ s tau N).
  unfold probability. field. lra.
Qed.

Theorem dial_total_variation {K} (keys : list K) P s lambda lambda' tau :
  inside P keys <> [] -> outside P keys <> [] ->
  total_variation keys (probability keys (dialled P s lambda) tau)
                       (probability keys (dialled P s lambda') tau)
  = Rabs (fidelity keys P (dialled P s lambda) tau - fidelity keys P (dialled P s lambda') tau).
Proof.
  intros NR NC. set (p := probability keys (dialled P s lambda) tau).
  set (q := probability keys (dialled P s lambda') tau).
  set (F := fidelity keys P (dialled P s lambda) tau).
  set (G := fidelity keys P (dialled P s lambda') tau).
  assert (N : keys <> []) by eauto using inside_not_nil.
  assert (EL : leakage keys P (dialled P s lambda) tau = 1 - F /\
               leakage keys P (dialled P s lambda') tau = 1 - G)
    by (unfold F, G; rewrite !fidelity_leakage by assumption; split; ring).
  destruct EL as [EF EG].
  assert (A : sum (fun k => Rabs (p k - q k)) (inside P keys) = Rabs (F - G)).
  { rewrite (sum_ext _ (fun k => Rabs (F - G) * probability (inside P keys) s tau k)).
    - rewrite sum_scale, probability_total by assumption. ring.
    - intros k I. unfold p, q. rewrite !(probability_block keys P), !probability_inside by assumption.
      fold F G. rewrite <- Rmult_minus_distr_r, Rabs_mult. f_equal.
      apply Rabs_pos_eq. left. now apply probability_pos. }
  assert (B : sum (fun k => Rabs (p k - q k)) (outside P keys) = Rabs (F - G)).
  { rewrite (sum_ext _ (fun k => Rabs (F - G) * probability (outside P keys) s tau k)).
    - rewrite sum_scale, probability_total by assumption. ring.
    - intros k I. unfold p, q. rewrite !(probability_rest keys P), !probability_outside by assumption.
      rewrite EF, EG, <- Rmult_minus_distr_r, Rabs_mult, Rabs_minus_sym. do 2 f_equal; [ring |].
      apply Rabs_pos_eq. left. now apply probability_pos. }
  unfold total_variation. rewrite (sum_split P), A, B. field.
Qed.

(* with x^2 and y^2 the odds of two probabilities: their difference, and what it lacks to
   (x - y) / (x + y), is a square over a positive number *)
Lemma odds_square_slack (x y : R) :
  0 < x -> 0 < y ->
  (x - y) / (x + y) - (x ^ 2 / (1 + x ^ 2) - y ^ 2 / (1 + y ^ 2))
  = (x - y) * (1 - x * y) ^ 2 / ((x + y) * (1 + x ^ 2) * (1 + y ^ 2)).
Proof. intros X Y. field. repeat split; nra. Qed.

Lemma tanh_quarter (a b : R) :
  tanh ((a - b) / 4) = (exp (a / 2) - exp (b / 2)) / (exp (a / 2) + exp (b / 2)).
Proof.
  unfold tanh, sinh, cosh.
  replace (exp (a / 2)) with (exp ((a + b) / 4) * exp ((a - b) / 4))
    by (rewrite <- exp_plus; f_equal; field).
  replace (exp (b / 2)) with (exp ((a + b) / 4) * exp (- ((a - b) / 4)))
    by (rewrite <- exp_plus; f_equal; field).
  pose proof (exp_pos ((a + b) / 4)). pose proof (exp_pos ((a - b) / 4)).
  pose proof (exp_pos (- ((a - b) / 4))). field. split; nra.
Qed.

Lemma sigmoid_difference_slack (a b : R) :
  tanh ((a - b) / 4) - (sigmoid a - sigmoid b)
  = (exp (a / 2) - exp (b / 2)) * (1 - exp ((a + b) / 2)) ^ 2
    / ((exp (a / 2) + exp (b / 2)) * (1 + exp a) * (1 + exp b)).
Proof.
  rewrite tanh_quarter, !sigmoid_odds. unfold odds.
  replace (exp ((a + b) / 2)) with (exp (a / 2) * exp (b / 2)) by (rewrite <- exp_plus; f_equal; field).
  replace (exp a) with (exp (a / 2) ^ 2) by (simpl; rewrite Rmult_1_r, <- exp_plus; f_equal; field).
  replace (exp b) with (exp (b / 2) ^ 2) by (simpl; rewrite Rmult_1_r, <- exp_plus; f_equal; field).
  apply odds_square_slack; apply exp_pos.
Qed.

Lemma sigmoid_difference (a b : R) :
  b <= a ->
  sigmoid a - sigmoid b <= tanh ((a - b) / 4) /\
  (sigmoid a - sigmoid b = tanh ((a - b) / 4) <-> a = b \/ a + b = 0).
Proof.
  intros L. pose proof (sigmoid_difference_slack a b) as S.
  set (D := (exp (a / 2) + exp (b / 2)) * (1 + exp a) * (1 + exp b)) in S.
  assert (P : 0 < D).
  { unfold D. pose proof (exp_pos (a / 2)). pose proof (exp_pos (b / 2)).
    pose proof (exp_pos a). pose proof (exp_pos b). repeat apply Rmult_lt_0_compat; lra. }
  assert (E : exp (b / 2) <= exp (a / 2)) by (apply exp_le; lra).
  pose proof (pow2_ge_0 (1 - exp ((a + b) / 2))) as Q. split; [| split].
  - enough (0 <= (exp (a / 2) - exp (b / 2)) * (1 - exp ((a + b) / 2)) ^ 2 / D) by lra.
    apply Rmult_le_pos; [apply Rmult_le_pos; lra | left; now apply Rinv_0_lt_compat].
  - intros H. assert (Z : (exp (a / 2) - exp (b / 2)) * (1 - exp ((a + b) / 2)) ^ 2 = 0).
    { apply Rmult_eq_reg_r with (/ D); [unfold Rdiv in S; lra |].
      now apply Rinv_neq_0_compat, Rgt_not_eq. }
    apply Rmult_integral in Z as [Z | Z].
    + left. apply Rminus_diag_uniq, exp_inv in Z. lra.
    + right. rewrite <- Rsqr_pow2 in Z. apply Rsqr_0_uniq, Rminus_diag_uniq in Z. rewrite <- exp_0 in Z.
      apply exp_inv in Z. lra.
  - intros [-> | H].
    + rewrite (Rminus_diag_eq (exp (b / 2))), Rmult_0_l in S by reflexivity. unfold Rdiv in S. lra.
    + rewrite H in S. replace (0 / 2) with 0 in S by field.
      rewrite exp_0, (Rminus_diag_eq 1 1), pow_i, Rmult_0_r in S by (reflexivity || auto).
      unfold Rdiv in S. lra.
Qed.

Lemma tanh_quarter_step (lambda lambda' tau : R) :
  0 < tau -> lambda' <= lambda ->
  dial_stability_bound (Rabs (lambda - lambda')) tau = tanh ((lambda / tau - lambda' / tau) / 4).
Proof.
  intros T L. rewrite dial_stability_bound_eq, Rabs_pos_eq by lra. f_equal. field. lra.
Qed.

(* both claims for settings in order; total variation and bound are symmetric *)
Lemma dial_stability_ordered {K} (keys : list K) P s lambda lambda' tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> lambda' <= lambda ->
  let distance := total_variation keys (probability keys (dialled P s lambda) tau)
                                       (probability keys (dialled P s lambda') tau) in
  let bound := dial_stability_bound (Rabs (lambda - lambda')) tau in
  distance <= bound /\
  (distance = bound
   <-> lambda = lambda' \/ lambda + lambda' = - 2 * tau * logit (fidelity keys P s tau)).
Proof.
  intros NR NC T L distance bound. unfold distance, bound.
  rewrite dial_total_variation, tanh_quarter_step, !dial_fidelity, !dial_bound_eq by assumption.
  set (a := logit (fidelity keys P s tau)).
  assert (Q : lambda' / tau <= lambda / tau)
    by (apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | assumption]).
  destruct (sigmoid_difference (a + lambda / tau) (a + lambda' / tau)) as [I E]; [lra |].
  replace (a + lambda / tau - (a + lambda' / tau)) with (lambda / tau - lambda' / tau) in * by ring.
  rewrite Rabs_pos_eq by (apply Rge_le, Rge_minus, Rle_ge, sigmoid_le_iff; lra).
  split; [exact I |]. rewrite E. split; (intros [H | H]; [left | right]).
  - apply Rplus_eq_reg_l, Rmult_eq_reg_r in H; [assumption | apply Rinv_neq_0_compat; lra].
  - replace (lambda + lambda') with (tau * (lambda / tau + lambda' / tau)) by (field; lra).
    replace (lambda / tau + lambda' / tau) with (- 2 * a) by lra. ring.
  - now rewrite H.
  - replace lambda with (- 2 * tau * a - lambda') by lra. field. lra.
Qed.

Lemma total_variation_sym {K} (keys : list K) p q :
  total_variation keys p q = total_variation keys q p.
Proof. unfold total_variation. f_equal. apply sum_ext. intros. apply Rabs_minus_sym. Qed.

Lemma dial_stability_both {K} (keys : list K) P s lambda lambda' tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  let distance := total_variation keys (probability keys (dialled P s lambda) tau)
                                       (probability keys (dialled P s lambda') tau) in
  let bound := dial_stability_bound (Rabs (lambda - lambda')) tau in
  distance <= bound /\
  (distance = bound
   <-> lambda = lambda' \/ lambda + lambda' = - 2 * tau * logit (fidelity keys P s tau)).
Proof.
  intros NR NC T. destruct (Rle_or_lt lambda' lambda) as [L | L];
    [now apply dial_stability_ordered |].
  rewrite total_variation_sym, Rabs_minus_sym.
  destruct (dial_stability_ordered keys P s lambda' lambda tau) as [I E]; auto; [lra |].
  split; [exact I |]. rewrite E, Rplus_comm. intuition.
Qed.

Theorem dial_stability {K} (keys : list K) P s lambda lambda' tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  total_variation keys (probability keys (dialled P s lambda) tau)
                       (probability keys (dialled P s lambda') tau)
  <= dial_stability_bound (Rabs (lambda - lambda')) tau.
Proof. intros. now apply dial_stability_both. Qed.

Theorem dial_stability_equality {K} (keys : list K) P s lambda lambda' tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  total_variation keys (probability keys (dialled P s lambda) tau)
                       (probability keys (dialled P s lambda') tau)
  = dial_stability_bound (Rabs (lambda - lambda')) tau
  <-> lambda = lambda' \/ lambda + lambda' = - 2 * tau * logit (fidelity keys P s tau).
Proof. intros. now apply dial_stability_both. Qed.
