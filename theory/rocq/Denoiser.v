(* denoiser -- the best guess at a noisy training point is a local mean, and its step is the score.

   Source: localization, denoising as a localization method.
   Assumes: at least one training point, all equally likely; Gaussian noise sigma > 0 in every
   coordinate. For the memory bound: a block of training points and the others, both not empty.

   Proved: the chances of the training points given the noisy one are attention with the scores
   -|x - x_i|^2 / 2 at temperature sigma^2 (posterior_probability), so the mean under them is a local
   mean with the Gaussian kernel; no answer does better, and by how much (risk_split); along any
   direction the slope of the log-density is the step over sigma^2 (log_density_derivative) and the
   denoised point moves by a variance over sigma^2 (denoised_derivative), so it never folds
   (denoised_increasing); what far training points change (memory_le_bound), attained by two places
   (memory_two_places); under Laplace noise the step is no multiple of the score
   (laplace_step_is_no_multiple). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Leakage Truncation EntropyIdentity.
Import ListNotations.
Open Scope R_scope.

Lemma denoiser_memory_bound_eq (m c x D : R) :
  denoiser_memory_bound m c x D = D * leakage_bound m c x.
Proof. reflexivity. Qed.

Lemma log_derivative (Z : R -> R) (z t : R) :
  0 < Z t -> is_derive Z t z -> is_derive (fun t => ln (Z t)) t (z / Z t).
Proof.
  intros P D. assert (ex_derive Z t) by (eexists; apply D).
  assert (E : Derive (fun t : R => Z t) t = z) by exact (is_derive_unique Z _ _ D).
  auto_derive; [tauto |]. rewrite E. field. lra.
Qed.

Lemma quotient_derivative (A Z : R -> R) (a z t : R) :
  0 < Z t -> is_derive A t a -> is_derive Z t z ->
  is_derive (fun t => A t / Z t) t (a / Z t - A t / Z t * (z / Z t)).
Proof.
  intros P DA DZ. assert (ex_derive A t) by (eexists; apply DA).
  assert (ex_derive Z t) by (eexists; apply DZ).
  assert (EA : Derive (fun t : R => A t) t = a) by exact (is_derive_unique A _ _ DA).
  assert (EZ : Derive (fun t : R => Z t) t = z) by exact (is_derive_unique Z _ _ DZ).
  auto_derive; [repeat split; auto; lra |]. rewrite EA, EZ. field. lra.
Qed.

(* ---- attention whose scores are tilted along v ---- *)

Definition tilted {K} (s v : K -> R) (t : R) (k : K) : R := s k + t * v k.

Section Tilt.
Context {K : Type} (keys : list K) (s v : K -> R) (tau : R).
Context (visible : keys <> []) (hot : 0 < tau).

Let moment (f : K -> R) (t : R) : R := sum (fun k => weight (tilted s v t) tau k * f k) keys.

Lemma moment_derivative (f : K -> R) t :
  is_derive (moment f) t (moment (fun k => f k * v k) t / tau).
Proof.
  unfold moment. rewrite <- sum_divide.
  apply (is_derive_sum (fun k t => weight (tilted s v t) tau k * f k)). intros k _.
  unfold weight, tilted. auto_derive; [exact I |].
  change ((s k + t * v k) * / tau) with ((s k + t * v k) / tau). field. lra.
Qed.

Lemma total_moment t : total_weight keys (tilted s v t) tau = moment (fun _ => 1) t.
Proof. apply sum_ext. intros. ring. Qed.

Lemma moment_one_pos t : 0 < moment (fun _ => 1) t.
Proof. rewrite <- total_moment. now apply total_weight_pos. Qed.

Lemma mean_of_moments (f : K -> R) t :
  mean keys (tilted s v t) tau f = moment f t / moment (fun _ => 1) t.
Proof. now rewrite mean_total, total_moment. Qed.

Lemma total_derivative t : is_derive (moment (fun _ => 1)) t (moment v t / tau).
Proof.
  replace (moment v t) with (moment (fun k => 1 * v k) t) by (apply sum_ext; intros; ring).
  apply moment_derivative.
Qed.

Lemma log_total_derivative t :
  is_derive (fun t => ln (total_weight keys (tilted s v t) tau)) t
    (mean keys (tilted s v t) tau v / tau).
Proof.
  apply is_derive_ext with (fun t => ln (moment (fun _ => 1) t)).
  { intros u. now rewrite total_moment. }
  rewrite mean_of_moments.
  replace (moment v t / moment (fun _ => 1) t / tau)
    with (moment v t / tau / moment (fun _ => 1) t)
    by (pose proof (moment_one_pos t); field; lra).
  apply log_derivative; [apply moment_one_pos | apply total_derivative].
Qed.

Lemma variance_of_moments t :
  variance keys (tilted s v t) tau v
  = moment (fun k => v k * v k) t / moment (fun _ => 1) t
    - (moment v t / moment (fun _ => 1) t) ^ 2.
Proof.
  pose proof (moment_one_pos t) as Z. unfold variance.
  set (mu := mean keys (tilted s v t) tau v). rewrite mean_of_moments.
  assert (E : moment v t = mu * moment (fun _ => 1) t)
    by (unfold mu; rewrite mean_of_moments; field; lra).
  replace (moment (fun k => (v k - mu) ^ 2) t)
    with (moment (fun k => v k * v k) t - 2 * mu * moment v t + mu ^ 2 * moment (fun _ => 1) t).
  - rewrite E. field. lra.
  - unfold moment. rewrite <- !sum_scale, <- sum_minus, <- sum_plus. apply sum_ext. intros. ring.
Qed.

Lemma mean_derivative t :
  is_derive (fun t => mean keys (tilted s v t) tau v) t
    (variance keys (tilted s v t) tau v / tau).
Proof.
  apply is_derive_ext with (fun t => moment v t / moment (fun _ => 1) t).
  { intros u. now rewrite mean_of_moments. }
  replace (variance keys (tilted s v t) tau v / tau)
    with (moment (fun k => v k * v k) t / tau / moment (fun _ => 1) t
          - moment v t / moment (fun _ => 1) t * (moment v t / tau / moment (fun _ => 1) t))
    by (rewrite variance_of_moments; pose proof (moment_one_pos t); field; lra).
  apply quotient_derivative;
    [apply moment_one_pos | apply (moment_derivative v) | apply total_derivative].
Qed.

Lemma variance_positive t :
  (exists j k, In j keys /\ In k keys /\ v j <> v k) ->
  0 < variance keys (tilted s v t) tau v.
Proof.
  intros (j & k & J & I & D). set (mu := mean keys (tilted s v t) tau v).
  apply mean_gt; [intros; apply pow2_ge_0 |]. fold mu.
  destruct (Req_dec (v j) mu) as [E | E].
  - exists k. split; [assumption |]. apply pow2_gt_0. lra.
  - exists j. split; [assumption |]. apply pow2_gt_0. lra.
Qed.
End Tilt.

Lemma mean_same {K} (keys : list K) s r tau a f :
  (forall k, In k keys -> s k = r k + a) -> mean keys s tau f = mean keys r tau f.
Proof.
  intros E. apply sum_ext. intros k I. now rewrite (probability_shift keys s r tau a E k I).
Qed.

Lemma total_weight_shift {K} (keys : list K) s r tau a :
  (forall k, In k keys -> s k = r k + a) ->
  total_weight keys s tau = exp (a / tau) * total_weight keys r tau.
Proof.
  intros E. unfold total_weight. rewrite <- sum_scale. apply sum_ext. intros k I.
  unfold weight. rewrite <- exp_plus, E by assumption. f_equal. unfold Rdiv. ring.
Qed.

(* ---- the noisy point and where it may come from ---- *)

Section Denoiser.
Context {K I : Type} (points : list K) (dims : list I) (data : K -> I -> R) (sigma : R).
Context (occupied : points <> []) (positive : 0 < sigma).

Definition square (u : I -> R) : R := sum (fun i => u i ^ 2) dims.
Definition gaussian (u : I -> R) : R :=
  exp (- (square u / (2 * sigma ^ 2))) / (sqrt (2 * PI) * sigma) ^ length dims.
Definition chance (x : I -> R) (k : K) : R := gaussian (fun i => x i - data k i).
Definition density (x : I -> R) : R := sum (chance x) points / size points.
Definition posterior (x : I -> R) (k : K) : R := chance x k / sum (chance x) points.
Definition denoised (x : I -> R) (i : I) : R := sum (fun k => posterior x k * data k i) points.
Definition nearness (x : I -> R) (k : K) : R := - (square (fun i => x i - data k i) / 2).
Definition moved (x e : I -> R) (t : R) (i : I) : R := x i + t * e i.

Let tau : R := sigma ^ 2.
Let constant : R := (sqrt (2 * PI) * sigma) ^ length dims.

Lemma tau_pos : 0 < tau.
Proof. now apply pow_lt. Qed.

Lemma constant_pos : 0 < constant.
Proof.
  apply pow_lt, Rmult_lt_0_compat; [apply sqrt_lt_R0; pose proof PI_RGT_0; lra | assumption].
Qed.

Lemma chance_weight x k : chance x k = weight (nearness x) tau k / constant.
Proof.
  unfold chance, gaussian, weight, nearness. fold constant. f_equal. f_equal. unfold tau. field. lra.
Qed.

Lemma chances_total x : sum (chance x) points = total_weight points (nearness x) tau / constant.
Proof.
  unfold total_weight. rewrite <- sum_divide. apply sum_ext. intros. apply chance_weight.
Qed.

Theorem posterior_probability x k : posterior x k = probability points (nearness x) tau k.
Proof.
  unfold posterior, probability. rewrite chance_weight, chances_total. pose proof constant_pos.
  pose proof (total_weight_pos points (nearness x) tau occupied). field. lra.
Qed.

Lemma denoised_mean x i : denoised x i = mean points (nearness x) tau (fun k => data k i).
Proof. apply sum_ext. intros. now rewrite posterior_probability. Qed.

(* ---- the best answer ---- *)

Theorem risk_split x (theta : I -> R) :
  sum (fun k => posterior x k * square (fun i => data k i - theta i)) points
  = denoiser_optimal_bound
      (sum (fun k => posterior x k * square (fun i => data k i - denoised x i)) points)
      (euclidean dims (fun i => theta i - denoised x i)).
Proof.
  unfold denoiser_optimal_bound, euclidean, square. rewrite pow2_sqrt by apply sum_squares_nonneg.
  set (p := posterior x). set (r := denoised x).
  assert (T : sum p points = 1).
  { rewrite <- (probability_total points (nearness x) tau occupied). apply sum_ext. intros.
    apply posterior_probability. }
  assert (S : forall u : I -> R, sum (fun k => p k * sum (fun i => (data k i - u i) ^ 2) dims) points
    = sum (fun i => sum (fun k => p k * (data k i - u i) ^ 2) points) dims).
  { intros u. rewrite <- sum_swap. apply sum_ext. intros. now rewrite sum_scale. }
  rewrite !S, <- sum_plus. apply sum_ext. intros i _.
  assert (M : sum (fun k => p k * data k i) points = r i) by reflexivity.
  rewrite (sum_ext (fun k => p k * (data k i - theta i) ^ 2)
    (fun k => p k * (data k i - r i) ^ 2
              + (2 * (r i - theta i) * (p k * data k i)
                 + (theta i ^ 2 - r i ^ 2) * p k))) by (intros; ring).
  rewrite !sum_plus, !sum_scale, T, M. ring.
Qed.

Corollary risk_of_answer x (theta : I -> R) :
  sum (fun k => posterior x k * square (fun i => theta i - data k i)) points
  = denoiser_optimal_bound
      (sum (fun k => posterior x k * square (fun i => denoised x i - data k i)) points)
      (euclidean dims (fun i => theta i - denoised x i)).
Proof.
  assert (S : forall u k, square (fun i => u i - data k i) = square (fun i => data k i - u i)).
  { intros u k. apply sum_ext. intros. ring. }
  rewrite (sum_ext _ (fun k => posterior x k * square (fun i => data k i - theta i)))
    by (intros; now rewrite S).
  rewrite risk_split. f_equal. apply sum_ext. intros. now rewrite S.
Qed.

(* ---- along a line ---- *)

Let rest (x : I -> R) (k : K) : R := inner dims x (data k) - square (data k) / 2.
Let along (e : I -> R) (k : K) : R := inner dims e (data k).

Lemma nearness_tilted x e t k :
  nearness (moved x e t) k = tilted (rest x) (along e) t k + - (square (moved x e t) / 2).
Proof.
  unfold nearness, tilted, rest, along, inner, square, moved.
  rewrite (sum_ext (fun i => (x i + t * e i - data k i) ^ 2)
    (fun i => (x i + t * e i) ^ 2 - 2 * (x i * data k i) - 2 * t * (e i * data k i)
              + data k i ^ 2)) by (intros; ring).
  rewrite sum_plus, !sum_minus, !sum_scale. field.
Qed.

Lemma square_moved x e t : square (moved x e t) = square x + 2 * t * inner dims e x + t ^ 2 * square e.
Proof.
  unfold square, inner, moved. rewrite <- !sum_scale, <- !sum_plus. apply sum_ext. intros. ring.
Qed.

Lemma inner_denoised x e t :
  inner dims e (denoised (moved x e t)) = mean points (tilted (rest x) (along e) t) tau (along e).
Proof.
  rewrite <- (mean_same points (nearness (moved x e t)) _ tau _ (along e)
    (fun k _ => nearness_tilted x e t k)).
  unfold along. rewrite mean_product. apply sum_ext. intros. now rewrite denoised_mean.
Qed.

Lemma log_density x e t :
  ln (density (moved x e t))
  = ln (total_weight points (tilted (rest x) (along e) t) tau)
    + (- (square (moved x e t) / (2 * tau)) - ln constant - ln (size points)).
Proof.
  pose proof constant_pos as C. pose proof (size_pos points occupied) as N. pose proof tau_pos.
  unfold density. rewrite chances_total.
  rewrite (total_weight_shift points _ _ tau _ (fun k _ => nearness_tilted x e t k)).
  pose proof (total_weight_pos points (tilted (rest x) (along e) t) tau occupied) as Z.
  pose proof (exp_pos (- (square (moved x e t) / 2) / tau)) as E.
  rewrite !ln_quotient, ln_mult, ln_exp;
    try assumption; try (apply Rmult_lt_0_compat; assumption);
    try (apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; assumption | assumption]).
  field. lra.
Qed.

Theorem log_density_derivative x e t :
  is_derive (fun t => ln (density (moved x e t))) t
    (denoiser_bound (inner dims e (fun i => denoised (moved x e t) i - moved x e t i)) sigma).
Proof.
  pose proof tau_pos as T.
  assert (E : denoiser_bound (inner dims e (fun i => denoised (moved x e t) i - moved x e t i)) sigma
    = mean points (tilted (rest x) (along e) t) tau (along e) / tau
      + - ((2 * inner dims e x + 2 * t * square e) / (2 * tau))).
  { rewrite <- inner_denoised. unfold denoiser_bound. fold tau. unfold inner at 1.
    rewrite (sum_ext _ (fun i => e i * denoised (moved x e t) i - (e i * x i + t * e i ^ 2)))
      by (intros; unfold moved; ring).
    rewrite sum_minus, sum_plus, sum_scale.
    fold (inner dims e (denoised (moved x e t))) (inner dims e x) (square e). field. lra. }
  rewrite E. eapply is_derive_ext; [intros u; symmetry; apply log_density |].
  refine (is_derive_plus (V := R_NormedModule) _ _ t _ _ _ _); [now apply log_total_derivative |].
  apply is_derive_ext with (fun t => - ((square x + 2 * t * inner dims e x + t ^ 2 * square e)
                                         / (2 * tau)) - ln constant - ln (size points)).
  { intros u. now rewrite square_moved. }
  auto_derive; [exact Logic.I |]. field. lra.
Qed.

Theorem denoised_derivative x e t :
  is_derive (fun t => inner dims e (denoised (moved x e t))) t
    (denoiser_jacobian_bound
       (variance points (nearness (moved x e t)) tau (fun k => inner dims e (data k))) sigma).
Proof.
  eapply is_derive_ext; [intros u; symmetry; apply inner_denoised |].
  unfold denoiser_jacobian_bound. fold tau.
  replace (variance points (nearness (moved x e t)) tau (fun k => inner dims e (data k)))
    with (variance points (tilted (rest x) (along e) t) tau (along e)).
  - apply mean_derivative; [assumption | apply tau_pos].
  - unfold variance. pose proof (fun k (_ : In k points) => nearness_tilted x e t k) as N.
    now rewrite !(mean_same points _ _ tau _ _ N).
Qed.

Theorem denoised_increasing x e t u :
  (exists j k, In j points /\ In k points /\ inner dims e (data j) <> inner dims e (data k)) ->
  t < u ->
  inner dims e (denoised (moved x e t)) < inner dims e (denoised (moved x e u)).
Proof.
  intros D L. rewrite !inner_denoised. pose proof tau_pos as T.
  apply increasing_by_derivative with (f := fun t => mean points (tilted (rest x) (along e) t) tau
      (along e)) (df := fun t => variance points (tilted (rest x) (along e) t) tau (along e) / tau);
    [assumption | |].
  - intros. now apply mean_derivative.
  - intros w _. apply Rdiv_lt_0_compat; [now apply variance_positive | assumption].
Qed.
End Denoiser.

(* ---- what far training points change ---- *)

Section Memory.
Context {K I : Type} (points : list K) (dims : list I) (data : K -> I -> R) (sigma : R).
Context (P : K -> bool) (x : I -> R) (Delta : R).
Context (block : inside P points <> []) (others : outside P points <> []) (positive : 0 < sigma).

Let s : K -> R := nearness dims data x.
Let change (i : I) : R :=
  denoised points dims data sigma x i - denoised (inside P points) dims data sigma x i.

Lemma change_truncation (i : I) :
  change i = output points s (sigma ^ 2) data i - output (inside P points) s (sigma ^ 2) data i.
Proof.
  unfold change. now rewrite !denoised_mean by eauto using inside_not_nil.
Qed.

Lemma change_norm :
  euclidean dims change = euclidean dims (fun i =>
    output points s (sigma ^ 2) data i - output (inside P points) s (sigma ^ 2) data i).
Proof. apply (seminorm_ext _ (euclidean_seminorm dims)), change_truncation. Qed.

Theorem memory_le_bound (D : R) :
  (forall j k, In j points -> P j = true -> In k points -> P k = false ->
     square dims (fun i => x i - data k i) - square dims (fun i => x i - data j i) >= 2 * Delta) ->
  (forall j k, In j points -> P j = true -> In k points -> P k = false ->
     euclidean dims (fun i => data k i - data j i) <= D) ->
  euclidean dims change
  <= denoiser_memory_bound (size (inside P points)) (size (outside P points)) (Delta / sigma ^ 2) D.
Proof.
  intros M B. rewrite change_norm, denoiser_memory_bound_eq.
  assert (T : 0 < sigma ^ 2) by now apply pow_lt.
  assert (L : leakage points P s (sigma ^ 2) <= leakage_bound (size (inside P points))
                (size (outside P points)) (Delta / sigma ^ 2)).
  { apply leakage_le_bound; try assumption. intros j k J Pj N Pk. unfold s, nearness.
    specialize (M j k J Pj N Pk). lra. }
  eapply Rle_trans; [apply truncation_le_bound; eauto using euclidean_seminorm |].
  rewrite truncation_bound_eq, Rmult_comm. apply Rmult_le_compat_l; [| exact L].
  destruct (inside P points) as [| j R] eqn:EJ; [congruence |].
  destruct (outside P points) as [| k C] eqn:EK; [congruence |].
  assert (J : In j (inside P points)) by (rewrite EJ; apply in_eq).
  assert (N : In k (outside P points)) by (rewrite EK; apply in_eq).
  apply in_inside in J as [J Pj]. apply in_outside in N as [N Pk].
  eapply Rle_trans; [apply sqrt_pos | apply (B j k J Pj N Pk)].
Qed.

Theorem memory_two_places (a b : I -> R) :
  square dims (fun i => x i - b i) - square dims (fun i => x i - a i) = 2 * Delta ->
  (forall j, In j points -> P j = true -> forall i, data j i = a i) ->
  (forall k, In k points -> P k = false -> forall i, data k i = b i) ->
  euclidean dims change
  = denoiser_memory_bound (size (inside P points)) (size (outside P points)) (Delta / sigma ^ 2)
      (euclidean dims (fun i => b i - a i)).
Proof.
  intros G A B. rewrite change_norm, denoiser_memory_bound_eq.
  assert (T : 0 < sigma ^ 2) by now apply pow_lt.
  assert (W : two_level points P s Delta).
  { intros j k J Pj N Pk. unfold s, nearness, square in *.
    rewrite (sum_ext (fun i => (x i - data j i) ^ 2) (fun i => (x i - a i) ^ 2))
      by (intros; now rewrite (A j J Pj)).
    rewrite (sum_ext (fun i => (x i - data k i) ^ 2) (fun i => (x i - b i) ^ 2))
      by (intros; now rewrite (B k N Pk)). lra. }
  rewrite (truncation_two_values _ points P s (sigma ^ 2) data (euclidean_seminorm dims) block others
    a b A B), truncation_bound_eq.
  rewrite (proj2 (leakage_eq_bound_iff points P s (sigma ^ 2) Delta T block others
    (two_level_margin points P s Delta W)) W). ring.
Qed.
End Memory.

(* ---- Laplace noise ---- *)

Definition laplace_density (x : R) : R := (exp (- Rabs (x - 0)) + exp (- Rabs (x - 1))) / 4.
Definition laplace_denoised (x : R) : R :=
  (exp (- Rabs (x - 0)) * 0 + exp (- Rabs (x - 1)) * 1)
  / (exp (- Rabs (x - 0)) + exp (- Rabs (x - 1))).

Lemma laplace_right (x : R) :
  1 < x -> laplace_density x = exp (- x) * ((1 + exp 1) / 4) /\
           laplace_denoised x = exp 1 / (1 + exp 1).
Proof.
  intros G. unfold laplace_density, laplace_denoised. rewrite !Rabs_pos_eq by lra.
  replace (- (x - 0)) with (- x) by ring. replace (- (x - 1)) with (- x + 1) by ring.
  rewrite exp_plus. pose proof (exp_pos (- x)). pose proof (exp_pos 1).
  split; field. split; nra.
Qed.

Lemma laplace_score (x : R) : 1 < x -> is_derive (fun y => ln (laplace_density y)) x (-1).
Proof.
  intros G. pose proof (exp_pos 1).
  apply is_derive_ext_loc with (fun y => - y + ln ((1 + exp 1) / 4)).
  - apply (filter_imp (fun y => 1 < y)); [| exact (open_gt 1 x G)]. intros y L.
    rewrite (proj1 (laplace_right y L)), ln_mult, ln_exp; [reflexivity | apply exp_pos | lra].
  - auto_derive; [exact I | ring].
Qed.

Theorem laplace_step_is_no_multiple (factor : R) :
  ~ (forall x score, is_derive (fun y => ln (laplace_density y)) x score ->
       laplace_denoised x - x = factor * score).
Proof.
  intros H. pose proof (H 2 (-1) (laplace_score 2 ltac:(lra))) as A.
  pose proof (H 3 (-1) (laplace_score 3 ltac:(lra))) as B.
  rewrite (proj2 (laplace_right 2 ltac:(lra))) in A.
  rewrite (proj2 (laplace_right 3 ltac:(lra))) in B. lra.
Qed.
