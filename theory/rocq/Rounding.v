(* rounding -- what errors in the scores and in the arithmetic do to the statistics of a row.

   Source: floating-point error analysis in the standard model, and the project's own.
   Assumes: scores over the temperature that are off by at most E; for a computed lse, that each
   operation is off by what its named hypothesis says.

   Proved: lse moves by at most E (lse_moves), attention by at most tanh (E/2) in total variation
   (attention_moves), which two keys attain (attention_moves_sharp) and errors of E on average break
   (mean_error_fails); outputs by at most the variation times the diameter of the values
   (output_moves); entropy by at most the variation times the range of the scores (entropy_moves); a
   computed lse is off by at most its bound (computed_lse). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Dial Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma rounding_bound_eq (E : R) : rounding_bound E = tanh (E / 2).
Proof. unfold rounding_bound. f_equal. field. Qed.

Lemma rounding_output_bound_eq (variation D : R) :
  rounding_output_bound variation D = variation * D.
Proof. unfold rounding_output_bound. ring. Qed.

Lemma rounding_entropy_bound_eq (variation range : R) :
  rounding_entropy_bound variation range = variation * range.
Proof. unfold rounding_entropy_bound. ring. Qed.

Lemma rounding_lse_bound_eq (E : R) : rounding_lse_bound E = E.
Proof. reflexivity. Qed.

Definition near {K} (keys : list K) (s s' : K -> R) (tau E : R) : Prop :=
  forall k, In k keys -> Rabs (s' k / tau - s k / tau) <= E.

Lemma near_sym {K} (keys : list K) s s' tau E : near keys s s' tau E -> near keys s' s tau E.
Proof. intros N k I. rewrite Rabs_minus_sym. now apply N. Qed.

Lemma near_weight {K} (keys : list K) s s' tau E k :
  near keys s s' tau E -> In k keys -> weight s' tau k <= exp E * weight s tau k.
Proof.
  intros N I. unfold weight. rewrite <- exp_plus. apply exp_le.
  pose proof (Rle_abs (s' k / tau - s k / tau)). specialize (N k I). lra.
Qed.

Lemma near_part {K} (keys part : list K) s s' tau E :
  (forall k, In k part -> In k keys) -> near keys s s' tau E -> near part s s' tau E.
Proof. intros S N k I. apply N, S, I. Qed.

(* ---- lse ---- *)

Lemma lse_moves_up {K} (keys : list K) s s' tau E :
  keys <> [] -> near keys s s' tau E ->
  ln (total_weight keys s' tau) <= ln (total_weight keys s tau) + E.
Proof.
  intros NE N. pose proof (total_weight_pos keys s tau NE).
  pose proof (total_weight_pos keys s' tau NE).
  rewrite <- (ln_exp E), Rplus_comm, <- ln_mult by (assumption || apply exp_pos).
  apply ln_le_iff; [assumption | apply Rmult_lt_0_compat; auto using exp_pos |].
  unfold total_weight. rewrite <- sum_scale. apply sum_le. intros k I. now apply (near_weight keys).
Qed.

Theorem lse_moves {K} (keys : list K) s s' tau E :
  keys <> [] -> near keys s s' tau E ->
  Rabs (ln (total_weight keys s' tau) - ln (total_weight keys s tau)) <= rounding_lse_bound E.
Proof.
  intros NE N. rewrite rounding_lse_bound_eq. pose proof (lse_moves_up keys s s' tau E NE N).
  pose proof (lse_moves_up keys s' s tau E NE (near_sym _ _ _ _ _ N)). apply Rabs_le. lra.
Qed.

(* ---- total variation ---- *)

(* the keys whose attention does not fall *)
Definition rising {K} (p p' : K -> R) (k : K) : bool :=
  if Rle_dec (p k) (p' k) then true else false.

Lemma rising_iff {K} (p p' : K -> R) k : rising p p' k = true <-> p k <= p' k.
Proof. unfold rising. destruct (Rle_dec (p k) (p' k)); split; intros; congruence || lra. Qed.

Lemma falling_iff {K} (p p' : K -> R) k : rising p p' k = false <-> p' k < p k.
Proof. unfold rising. destruct (Rle_dec (p k) (p' k)); split; intros; congruence || lra. Qed.

Lemma variation_by_rising {K} (keys : list K) p p' :
  sum p keys = sum p' keys ->
  let up := inside (rising p p') keys in
  let down := outside (rising p p') keys in
  total_variation keys p p' = sum (fun k => p' k - p k) up /\
  total_variation keys p p' = sum (fun k => p k - p' k) down.
Proof.
  intros E up down.
  assert (Z : sum (fun k => p' k - p k) up = sum (fun k => p k - p' k) down).
  { rewrite (sum_split (rising p p') p), (sum_split (rising p p') p') in E.
    fold up down in E. rewrite !sum_minus. lra. }
  unfold total_variation. rewrite (sum_split (rising p p')). fold up down.
  rewrite (sum_ext _ (fun k => p' k - p k) up), (sum_ext _ (fun k => p k - p' k) down);
    [lra | |]; intros k I.
  - apply in_outside in I as [_ I]. apply falling_iff in I. rewrite Rabs_pos_eq; lra.
  - apply in_inside in I as [_ I]. apply rising_iff in I. rewrite Rabs_minus_sym, Rabs_pos_eq; lra.
Qed.

(* the log-odds of any part move by at most 2E *)
Lemma log_odds_move {K} (keys : list K) P s s' tau E :
  inside P keys <> [] -> outside P keys <> [] -> near keys s s' tau E ->
  logit (fidelity keys P s' tau) <= logit (fidelity keys P s tau) + 2 * E.
Proof.
  intros NR NC N. rewrite !logit_fidelity by assumption.
  assert (A : near (inside P keys) s s' tau E)
    by (apply (near_part keys); [intros k I; now apply in_inside in I | exact N]).
  assert (B : near (outside P keys) s s' tau E)
    by (apply (near_part keys); [intros k I; now apply in_outside in I | exact N]).
  pose proof (lse_moves_up _ s s' tau E NR A).
  pose proof (lse_moves_up _ s' s tau E NC (near_sym _ _ _ _ _ B)). lra.
Qed.

Lemma near_nonneg {K} (keys : list K) s s' tau E : keys <> [] -> near keys s s' tau E -> 0 <= E.
Proof.
  destruct keys as [| k keys]; [congruence |]. intros _ N.
  eapply Rle_trans; [apply Rabs_pos | apply (N k), in_eq].
Qed.

Theorem attention_moves {K} (keys : list K) s s' tau E :
  keys <> [] -> near keys s s' tau E ->
  total_variation keys (probability keys s tau) (probability keys s' tau) <= rounding_bound E.
Proof.
  intros NE N. rewrite rounding_bound_eq. pose proof (near_nonneg _ _ _ _ _ NE N) as P0.
  set (p := probability keys s tau). set (p' := probability keys s' tau).
  destruct (variation_by_rising keys p p') as [U D];
    [unfold p, p'; now rewrite !probability_total |].
  assert (T : 0 <= tanh (E / 2)).
  { destruct (sigmoid_difference (2 * E) 0) as [I _]; [lra |].
    pose proof (proj2 (sigmoid_le_iff 0 (2 * E))).
    replace ((2 * E - 0) / 4) with (E / 2) in I by field. lra. }
  destruct (inside (rising p p') keys) as [| j up] eqn:J; [rewrite U, sum_nil; exact T |].
  destruct (outside (rising p p') keys) as [| k down] eqn:O; [rewrite D, sum_nil; exact T |].
  assert (NR : inside (rising p p') keys <> []) by now rewrite J.
  assert (NC : outside (rising p p') keys <> []) by now rewrite O.
  rewrite U, sum_minus, <- J.
  change (fidelity keys (rising p p') s' tau - fidelity keys (rising p p') s tau <= tanh (E / 2)).
  pose proof (log_odds_move keys (rising p p') s s' tau E NR NC N) as L.
  rewrite <- (sigmoid_logit (fidelity keys _ s' tau)), <- (sigmoid_logit (fidelity keys _ s tau))
    by now apply fidelity_between.
  set (a := logit (fidelity keys (rising p p') s tau)) in *.
  destruct (sigmoid_difference (a + 2 * E) a) as [I _]; [lra |].
  replace ((a + 2 * E - a) / 4) with (E / 2) in I by field.
  apply sigmoid_le_iff in L. lra.
Qed.

(* ---- two keys whose odds pass through 1 ---- *)

Lemma tanh_by_sigmoid (t : R) : 0 <= t -> tanh (t / 2) = sigmoid t - sigmoid (- t).
Proof.
  intros T. destruct (sigmoid_difference t (- t)) as [_ E]; [lra |].
  replace (t / 2) with ((t - - t) / 4) by field. symmetry. apply E. right. ring.
Qed.

Lemma tanh_half_increasing (a b : R) : 0 <= a < b -> tanh (a / 2) < tanh (b / 2).
Proof.
  intros L. rewrite !tanh_by_sigmoid by lra.
  pose proof (sigmoid_increasing a b). pose proof (sigmoid_increasing (- b) (- a)). lra.
Qed.

(* attention to one key beside others *)
Definition leaning (t : R) (k : bool) : R := if k then t else 0.

Lemma leaning_probability (t : R) :
  probability [true; false] (leaning t) 1 true = sigmoid t /\
  probability [true; false] (leaning t) 1 false = 1 - sigmoid t.
Proof.
  unfold probability, total_weight, weight. rewrite !sum_cons, !sum_nil. simpl leaning.
  replace (t / 1) with t by field. replace (0 / 1) with 0 by field. rewrite exp_0, sigmoid_odds.
  unfold odds. pose proof (exp_pos t). split; field; lra.
Qed.

Lemma leaning_variation (a b : R) :
  a <= b ->
  total_variation [true; false] (probability [true; false] (leaning a) 1)
    (probability [true; false] (leaning b) 1) = sigmoid b - sigmoid a.
Proof.
  intros L. unfold total_variation. rewrite !sum_cons, !sum_nil.
  destruct (leaning_probability a) as [-> ->]. destruct (leaning_probability b) as [-> ->].
  pose proof (proj2 (sigmoid_le_iff a b) L).
  rewrite (Rabs_minus_sym (sigmoid a)), !Rabs_pos_eq by lra. field.
Qed.

(* scores -E and 0, each moved by E: one up, one down *)
Theorem attention_moves_sharp (E : R) :
  0 <= E ->
  exists s s' : bool -> R,
    near [true; false] s s' 1 E /\
    total_variation [true; false] (probability [true; false] s 1) (probability [true; false] s' 1)
    = rounding_bound E.
Proof.
  intros P0. exists (leaning (- E)), (fun k : bool => if k then 0 else - E). split.
  - intros k _. destruct k; simpl; [replace (0 / 1 - - E / 1) with E by field
      | replace (- E / 1 - 0 / 1) with (- E) by field; rewrite Rabs_Ropp];
      rewrite Rabs_pos_eq; lra.
  - rewrite rounding_bound_eq, tanh_by_sigmoid by assumption.
    rewrite <- leaning_variation by lra. unfold total_variation. f_equal.
    apply sum_ext. intros k I. f_equal. f_equal.
    apply (probability_shift [true; false] _ _ 1 (- E)); [| exact I].
    intros j _. destruct j; simpl; ring.
Qed.

(* three keys, the error 3 at one of them: 1 on average *)
Definition against_two (t : R) (k : bool) : R := if k then t + ln 2 else 0.

Lemma against_two_probability (t : R) :
  probability [true; false; false] (against_two t) 1 true = sigmoid t /\
  probability [true; false; false] (against_two t) 1 false = (1 - sigmoid t) / 2.
Proof.
  unfold probability, total_weight, weight. rewrite !sum_cons, !sum_nil. simpl against_two.
  replace ((t + ln 2) / 1) with (t + ln 2) by field. replace (0 / 1) with 0 by field.
  rewrite exp_0, exp_plus, exp_ln, sigmoid_odds by lra. unfold odds. pose proof (exp_pos t).
  split; field; lra.
Qed.

Theorem mean_error_fails :
  let keys := [true; false; false] in
  exists s s' : bool -> R,
    sum (fun k => Rabs (s' k / 1 - s k / 1)) keys / size keys = 1 /\
    total_variation keys (probability keys s 1) (probability keys s' 1) > rounding_bound 1.
Proof.
  intros keys. exists (against_two (- (3 / 2))), (against_two (3 / 2)). split.
  - unfold keys, size. rewrite !sum_cons, sum_nil. simpl.
    replace ((3 / 2 + ln 2) / 1 - (- (3 / 2) + ln 2) / 1) with 3 by field.
    replace (0 / 1 - 0 / 1) with 0 by field. rewrite Rabs_R0, Rabs_pos_eq by lra. field.
  - unfold keys, total_variation. rewrite !sum_cons, sum_nil.
    destruct (against_two_probability (- (3 / 2))) as [-> ->].
    destruct (against_two_probability (3 / 2)) as [-> ->].
    pose proof (sigmoid_increasing (- (3 / 2)) (3 / 2)) as L.
    rewrite (Rabs_minus_sym (sigmoid (- (3 / 2)))), !Rabs_pos_eq by lra.
    rewrite rounding_bound_eq. pose proof (tanh_half_increasing 1 (3 / 2)) as T.
    rewrite (tanh_by_sigmoid (3 / 2)) in T by lra. lra.
Qed.

(* ---- outputs ---- *)

Section Moved.
Context {K : Type} (keys : list K) (p p' : K -> R) (balanced : sum p keys = sum p' keys).

Let up := inside (rising p p') keys.
Let down := outside (rising p p') keys.
Let T := total_variation keys p p'.
Let gain (k : K) : R := p' k - p k.
Let loss (k : K) : R := p k - p' k.

Lemma gain_nonneg k : In k up -> 0 <= gain k.
Proof. intros I. apply in_inside in I as [_ I]. apply rising_iff in I. unfold gain. lra. Qed.

Lemma loss_nonneg k : In k down -> 0 <= loss k.
Proof. intros I. apply in_outside in I as [_ I]. apply falling_iff in I. unfold loss. lra. Qed.

Lemma variation_nonneg : 0 <= T.
Proof.
  unfold T. destruct (variation_by_rising keys p p' balanced) as [-> _].
  apply sum_nonneg, gain_nonneg.
Qed.

(* what is gained at one key is lost at another *)
Lemma transported (f : K -> R) :
  T * (sum (fun k => p' k * f k) keys - sum (fun k => p k * f k) keys)
  = sum (fun j => gain j * sum (fun k => loss k * (f j - f k)) down) up.
Proof.
  destruct (variation_by_rising keys p p' balanced) as [U D]. fold up down in U, D.
  rewrite (sum_split (rising p p') (fun k => p' k * f k)).
  rewrite (sum_split (rising p p') (fun k => p k * f k)). fold up down.
  rewrite (sum_ext (fun j => gain j * sum (fun k => loss k * (f j - f k)) down)
    (fun j => gain j * f j * T - gain j * sum (fun k => loss k * f k) down)).
  - assert (G : sum gain up = T) by (symmetry; exact U).
    rewrite sum_minus, !sum_scale_r, G.
    rewrite (sum_ext (fun k => gain k * f k) (fun k => p' k * f k - p k * f k)) by
      (intros; unfold gain; ring).
    rewrite (sum_ext (fun k => loss k * f k) (fun k => p k * f k - p' k * f k)) by
      (intros; unfold loss; ring).
    rewrite !sum_minus. ring.
  - intros j _. assert (L : sum loss down = T) by (symmetry; exact D).
    rewrite (sum_ext (fun k => loss k * (f j - f k)) (fun k => loss k * f j - loss k * f k)) by
      (intros; ring).
    rewrite sum_minus, sum_scale_r, L. ring.
Qed.

Theorem moved_mean {I} (N : (I -> R) -> R) (v : K -> I -> R) D :
  seminorm N ->
  (forall j k, In j keys -> In k keys -> N (fun i => v j i - v k i) <= D) ->
  N (fun i => sum (fun k => p' k * v k i) keys - sum (fun k => p k * v k i) keys) <= T * D.
Proof.
  intros S B. pose proof variation_nonneg as P0.
  set (moved := fun i => sum (fun k => p' k * v k i) keys - sum (fun k => p k * v k i) keys).
  destruct (variation_by_rising keys p p' balanced) as [U L]. fold up down in U, L.
  destruct P0 as [P0 | Z].
  - apply Rmult_le_reg_l with T; [assumption |].
    rewrite <- (Rabs_pos_eq T) at 1 by lra. rewrite <- (seminorm_scale N S).
    rewrite (seminorm_ext N S _
      (fun i => sum (fun j => gain j * sum (fun k => loss k * (v j i - v k i)) down) up))
      by (intros i; apply (transported (fun k => v k i))).
    apply Rle_trans with (sum (fun j => Rabs (gain j)
      * N (fun i => sum (fun k => loss k * (v j i - v k i)) down)) up);
      [apply (seminorm_sum N gain
         (fun j i => sum (fun k => loss k * (v j i - v k i)) down) up S) |].
    unfold T at 1. rewrite U, <- sum_scale_r. apply sum_le. intros j J.
    rewrite Rabs_pos_eq by now apply gain_nonneg.
    apply Rmult_le_compat_l; [now apply gain_nonneg |].
    apply Rle_trans with (sum (fun k => Rabs (loss k) * N (fun i => v j i - v k i)) down);
      [apply (seminorm_sum N loss (fun k i => v j i - v k i) down S) |].
    unfold T. rewrite L, <- sum_scale_r. apply sum_le. intros k C.
    rewrite Rabs_pos_eq by now apply loss_nonneg.
    apply Rmult_le_compat_l; [now apply loss_nonneg |].
    apply in_inside in J. apply in_outside in C. apply B; tauto.
  - assert (E : forall k, In k keys -> p' k = p k).
    { intros k M. unfold T in Z. symmetry in Z.
      destruct (rising p p' k) eqn:Q.
      - assert (J : In k up) by (apply in_inside; split; assumption).
        pose proof (sum_zero gain up gain_nonneg) as G. unfold gain in G at 2.
        rewrite U in Z. specialize (G Z k J). unfold gain in G. lra.
      - assert (J : In k down) by (apply in_outside; split; assumption).
        pose proof (sum_zero loss down loss_nonneg) as G.
        rewrite L in Z. specialize (G Z k J). unfold loss in G. lra. }
    rewrite <- Z, Rmult_0_l. rewrite (seminorm_ext N S _ (fun i => 0 * 0)).
    + rewrite (seminorm_scale N S 0 (fun _ => 0)), Rabs_R0. lra.
    + intros i. unfold moved.
      rewrite (sum_ext _ (fun k => p k * v k i)) by (intros k I0; now rewrite E). ring.
Qed.
End Moved.

Theorem output_moves {K I} (keys : list K) s s' tau (N : (I -> R) -> R) (v : K -> I -> R) D :
  keys <> [] -> seminorm N ->
  (forall j k, In j keys -> In k keys -> N (fun i => v j i - v k i) <= D) ->
  N (fun i => output keys s' tau v i - output keys s tau v i)
  <= rounding_output_bound
       (total_variation keys (probability keys s tau) (probability keys s' tau)) D.
Proof.
  intros NE S B. rewrite rounding_output_bound_eq.
  apply (moved_mean keys (probability keys s tau) (probability keys s' tau)); try assumption.
  now rewrite !probability_total.
Qed.

(* ---- entropy ---- *)

Lemma absolute_seminorm : seminorm (fun u : unit -> R => Rabs (u tt)).
Proof.
  split; intros; [now f_equal | apply Rabs_mult | apply Rabs_triang].
Qed.

Lemma entropy_moves_up {K} (keys : list K) s s' tau range :
  keys <> [] ->
  (forall j k, In j keys -> In k keys -> Rabs (s j / tau - s k / tau) <= range) ->
  attention_entropy keys s' tau - attention_entropy keys s tau
  <= total_variation keys (probability keys s tau) (probability keys s' tau) * range.
Proof.
  intros NE B. pose proof (gibbs_softmax keys s' s tau NE) as G.
  rewrite (attention_entropy_eq keys s) by assumption.
  pose proof (moved_mean keys (probability keys s tau) (probability keys s' tau)) as M.
  specialize (M ltac:(now rewrite !probability_total) unit (fun u => Rabs (u tt))
    (fun k _ => s k / tau) range absolute_seminorm B).
  cbv beta in M. pose proof (Rle_abs (- (sum (fun k => probability keys s' tau k * (s k / tau)) keys
    - sum (fun k => probability keys s tau k * (s k / tau)) keys))) as A.
  rewrite Rabs_Ropp in A.
  assert (E : forall p : K -> R, sum (fun k => p k * (s k / tau)) keys
              = sum (fun k => p k * s k) keys / tau)
    by (intros p; rewrite <- sum_divide; apply sum_ext; intros; unfold Rdiv; ring).
  rewrite !E in *. unfold mean in *. lra.
Qed.

Theorem entropy_moves {K} (keys : list K) s s' tau range :
  keys <> [] ->
  (forall j k, In j keys -> In k keys -> Rabs (s j / tau - s k / tau) <= range) ->
  (forall j k, In j keys -> In k keys -> Rabs (s' j / tau - s' k / tau) <= range) ->
  Rabs (attention_entropy keys s' tau - attention_entropy keys s tau)
  <= rounding_entropy_bound
       (total_variation keys (probability keys s tau) (probability keys s' tau)) range.
Proof.
  intros NE B B'. rewrite rounding_entropy_bound_eq.
  pose proof (entropy_moves_up keys s s' tau range NE B).
  pose proof (entropy_moves_up keys s' s tau range NE B') as D.
  rewrite total_variation_sym in D. apply Rabs_le. lra.
Qed.

(* ---- a computed lse ---- *)

Definition sum_excess (u v gamma eta n rho : R) : R :=
  exp (u * rho) * (1 + v) * (1 + gamma) - 1 + n * eta * (1 + gamma).

Lemma rounding_summed_bound_eq (u v gamma eta rho n : R) :
  let Phi := sum_excess u v gamma eta n rho in
  rounding_summed_bound u v gamma eta rho n = Phi / (1 - Phi).
Proof.
  intros Phi. unfold rounding_summed_bound, Phi, sum_excess. rewrite (Rmult_comm rho u).
  unfold Rdiv. f_equal; [ring | f_equal; ring].
Qed.

Lemma rounding_computed_bound_eq (E Lambda u v n top : R) :
  rounding_computed_bound E Lambda u v n top
  = E + Lambda + v * (ln n + Lambda) + u * (top + (1 + v) * (ln n + Lambda)).
Proof. unfold rounding_computed_bound. ring. Qed.

Section Computed.
Context {K : Type} (keys : list K) (r z w : K -> R) (top S u v gamma eta rho : R).
Context (some : keys <> []).
Context (largest : exists k, In k keys /\ r k = top).
Context (spread : forall k, In k keys -> 0 <= top - r k <= rho).
Context (shifted : forall k, In k keys -> Rabs (z k - (r k - top)) <= u * Rabs (r k - top)).
Context (exponential : forall k, In k keys -> Rabs (w k - exp (z k)) <= v * exp (z k) + eta).
Context (weights : forall k, In k keys -> 0 <= w k).
Context (summed : Rabs (S - sum w keys) <= gamma * sum w keys).
Context (units : 0 <= u /\ 0 <= v <= 1 /\ 0 <= gamma <= 1 /\ 0 <= eta).

Let Phi := sum_excess u v gamma eta (size keys) rho.
Context (small : Phi < 1).
Let Z := sum (fun k => exp (r k - top)) keys.

Lemma rho_nonneg : 0 <= rho.
Proof. destruct largest as [k [I _]]. specialize (spread k I). lra. Qed.

Lemma Z_ge_1 : 1 <= Z.
Proof.
  destruct largest as [k [I M]]. unfold Z. apply in_split in I as [here [there ->]].
  rewrite sum_app, sum_cons, M, Rminus_diag_eq, exp_0 by reflexivity.
  pose proof (sum_nonneg (fun k => exp (r k - top)) here ltac:(intros; left; apply exp_pos)).
  pose proof (sum_nonneg (fun k => exp (r k - top)) there ltac:(intros; left; apply exp_pos)). lra.
Qed.

Lemma Z_le_size : Z <= size keys.
Proof.
  unfold Z. rewrite <- (Rmult_1_r (size keys)), <- sum_const. apply sum_le. intros k I.
  rewrite <- exp_0. apply exp_le. specialize (spread k I). lra.
Qed.

Let a := exp (u * rho).

Lemma a_ge_1 : 1 <= a.
Proof.
  unfold a. pose proof rho_nonneg. pose proof (exp_above_tangent (u * rho)).
  assert (0 <= u * rho) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma weight_near k :
  In k keys ->
  exp (r k - top) * (/ a * (1 - v)) - eta <= w k <= exp (r k - top) * (a * (1 + v)) + eta.
Proof.
  intros I. specialize (shifted k I). specialize (exponential k I). specialize (spread k I).
  rewrite (Rabs_left1 (r k - top)) in shifted by lra. apply Rabs_le_between in shifted, exponential.
  assert (B : u * (top - r k) <= u * rho) by (apply Rmult_le_compat_l; lra).
  assert (X : exp (z k) <= exp (r k - top) * a).
  { unfold a. rewrite <- exp_plus. apply exp_le. lra. }
  assert (Y : exp (r k - top) * / a <= exp (z k)).
  { unfold a. rewrite <- exp_Ropp, <- exp_plus. apply exp_le. lra. }
  pose proof (exp_pos (z k)). nra.
Qed.

Lemma sum_near : Rabs (S - Z) <= Phi * Z.
Proof.
  pose proof Z_ge_1 as Z1. pose proof a_ge_1 as A1.
  assert (Up : sum w keys <= Z * (a * (1 + v)) + size keys * eta).
  { unfold Z. rewrite <- sum_scale_r, <- sum_const, <- sum_plus. apply sum_le. intros k I.
    apply weight_near, I. }
  assert (Dn : Z * (/ a * (1 - v)) - size keys * eta <= sum w keys).
  { unfold Z. rewrite <- sum_scale_r, <- sum_const, <- sum_minus. apply sum_le. intros k I.
    apply weight_near, I. }
  assert (W : 0 <= sum w keys) by now apply sum_nonneg.
  apply Rabs_le_between in summed.
  assert (N : 0 <= size keys * eta) by (apply Rmult_le_pos; [left; now apply size_pos | lra]).
  assert (NZ : size keys * eta <= size keys * eta * Z) by nra.
  assert (I : 2 - a <= / a).
  { apply Rmult_le_reg_l with a; [lra |]. rewrite Rinv_r by lra. nra. }
  unfold Phi, sum_excess. fold a. apply Rabs_le. split.
  - assert (Z * ((2 - a) * (1 - v)) <= Z * (/ a * (1 - v))).
    { apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat_r; lra. }
    assert (Lo : (1 - gamma) * sum w keys <= S) by lra.
    assert ((1 - gamma) * (Z * ((2 - a) * (1 - v)) - size keys * eta) <= (1 - gamma) * sum w keys)
      by (apply Rmult_le_compat_l; lra).
    assert (2 - a * (1 + v) * (1 + gamma) <= (1 - gamma) * ((2 - a) * (1 - v))).
    { set (b := a - 1). replace a with (1 + b) by (unfold b; ring).
      assert (0 <= b) by (unfold b; lra).
      assert (0 <= v * gamma) by nra. assert (0 <= b * v) by nra. assert (0 <= b * gamma) by nra.
      assert (0 <= b * (v * gamma)) by nra. nra. }
    assert (Z * (2 - a * (1 + v) * (1 + gamma)) <= Z * ((1 - gamma) * ((2 - a) * (1 - v))))
      by (apply Rmult_le_compat_l; lra).
    assert (0 <= gamma * (size keys * eta * Z)) by (apply Rmult_le_pos; nra).
    assert (0 <= gamma * (size keys * eta)) by (apply Rmult_le_pos; lra).
    nra.
  - assert (Hi : S <= (1 + gamma) * sum w keys) by lra.
    assert ((1 + gamma) * sum w keys <= (1 + gamma) * (Z * (a * (1 + v)) + size keys * eta))
      by (apply Rmult_le_compat_l; lra).
    assert (0 <= gamma * (size keys * eta * Z - size keys * eta)) by (apply Rmult_le_pos; lra).
    nra.
Qed.

Lemma Phi_nonneg : 0 <= Phi.
Proof.
  pose proof Z_ge_1. pose proof sum_near as S0. pose proof (Rabs_pos (S - Z)). nra.
Qed.

Let Lambda := Phi / (1 - Phi).

Lemma Lambda_nonneg : 0 <= Lambda.
Proof.
  pose proof Phi_nonneg. apply Rmult_le_pos; [assumption | left; apply Rinv_0_lt_compat; lra].
Qed.

Theorem log_near :
  Rabs (ln S - ln Z) <= rounding_summed_bound u v gamma eta rho (size keys).
Proof.
  rewrite rounding_summed_bound_eq. fold Phi Lambda.
  pose proof Z_ge_1 as Z1. pose proof sum_near as N. pose proof Phi_nonneg as P0.
  apply Rabs_le_between in N.
  assert (S0 : 0 < S) by nra.
  assert (Q : Phi <= Lambda).
  { unfold Lambda. apply Rmult_le_reg_r with (1 - Phi); [lra |]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. nra. }
  rewrite <- ln_quotient by lra. apply Rabs_le. split.
  - assert (ln (Z / S) <= Lambda).
    { eapply Rle_trans; [apply ln_below_tangent, Rdiv_lt_0_compat; lra |].
      apply Rmult_le_reg_r with (S * (1 - Phi)); [nra |].
      replace ((Z / S - 1) * (S * (1 - Phi))) with ((Z - S) * (1 - Phi)) by (field; lra).
      replace (Lambda * (S * (1 - Phi))) with (Phi * S) by (unfold Lambda; field; lra). nra. }
    rewrite ln_quotient in * by lra. lra.
  - eapply Rle_trans; [apply ln_below_tangent, Rdiv_lt_0_compat; lra |].
    apply Rle_trans with Phi; [| assumption].
    apply Rmult_le_reg_r with Z; [lra |].
    replace ((S / Z - 1) * Z) with (S - Z) by (field; lra). lra.
Qed.

Lemma lse_of_scores : ln (sum (fun k => exp (r k)) keys) = top + ln Z.
Proof.
  pose proof Z_ge_1. rewrite <- (ln_exp top) at 1. rewrite <- ln_mult by (apply exp_pos || lra).
  f_equal. unfold Z. rewrite <- sum_scale. apply sum_ext. intros.
  rewrite <- exp_plus. f_equal. ring.
Qed.

Context (t : K -> R) (l L E : R).
Context (scores : forall k, In k keys -> Rabs (r k - t k) <= E).
Context (logarithm : Rabs (l - ln S) <= v * Rabs (ln S)).
Context (added : Rabs (L - (top + l)) <= u * Rabs (top + l)).

Theorem computed_lse :
  Rabs (L - ln (sum (fun k => exp (t k)) keys))
  <= rounding_computed_bound E (rounding_summed_bound u v gamma eta rho (size keys)) u v (size keys)
       (Rabs top).
Proof.
  rewrite rounding_computed_bound_eq, rounding_summed_bound_eq. fold Phi Lambda.
  pose proof Z_ge_1 as Z1. pose proof Z_le_size as Zn. pose proof log_near as N.
  rewrite rounding_summed_bound_eq in N. fold Phi Lambda in N.
  pose proof Lambda_nonneg as L0.
  assert (Zl : 0 <= ln Z <= ln (size keys)).
  { rewrite <- ln_1. split; apply ln_le_iff; lra. }
  assert (A : Rabs (ln S) <= ln (size keys) + Lambda)
    by (apply Rabs_le_between in N; apply Rabs_le; lra).
  assert (B : Rabs (l - ln S) <= v * (ln (size keys) + Lambda)).
  { eapply Rle_trans; [exact logarithm |]. apply Rmult_le_compat_l; [lra | exact A]. }
  assert (C : Rabs l <= (1 + v) * (ln (size keys) + Lambda)).
  { replace l with ((l - ln S) + ln S) by ring. eapply Rle_trans; [apply Rabs_triang |]. lra. }
  assert (F : Rabs (L - (top + l))
              <= u * (Rabs top + (1 + v) * (ln (size keys) + Lambda))).
  { eapply Rle_trans; [exact added |]. apply Rmult_le_compat_l; [lra |].
    eapply Rle_trans; [apply Rabs_triang |]. lra. }
  assert (G : Rabs (ln (sum (fun k => exp (r k)) keys) - ln (sum (fun k => exp (t k)) keys)) <= E).
  { assert (One : forall f, sum (fun k => exp (f k)) keys = total_weight keys f 1).
    { intros f. apply sum_ext. intros. unfold weight. f_equal. field. }
    rewrite !One. apply lse_moves; [assumption |]. intros k I.
    replace (r k / 1 - t k / 1) with (r k - t k) by field. now apply scores. }
  rewrite lse_of_scores in G. apply Rabs_le_between in B, F, G, N. apply Rabs_le. lra.
Qed.
End Computed.
