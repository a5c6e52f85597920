(* The headlines: every machine-checked theorem of the catalogue, restated with library definitions;
   here those on concentration, and in Statements*.v those of the other parts, with these words.

   Read these files, Functions.v and Bounds.v to know what is proved; the proofs lie elsewhere, and
   each headline is one of their theorems. Named hypotheses carry the names of the claim's
   assumptions.
   headline_ID            the claim, its bound under the name that is printed from the catalogue
   headline_ID_sharp      where it is attained or approached
   headline_ID_boundary   what breaks when an assumption is dropped
   headline_ID_...        what completes it *)
Require Import Reals List Permutation.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds.
From Locality Require Sums Softmax Leakage Entropy EntropyExponential Threshold Truncation.
From Locality Require Temperature Dial DialEntropy DialMeanEntropy.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

(* The visible keys are a list; `P` marks the relevant ones; a key listed twice counts twice. *)
Definition total {K} (f : K -> R) (keys : list K) : R := fold_right Rplus 0 (map f keys).
Definition count {K} (keys : list K) : R := INR (length keys).
Definition relevant {K} (P : K -> bool) (keys : list K) : list K := filter P keys.
Definition others {K} (P : K -> bool) (keys : list K) : list K :=
  filter (fun k => negb (P k)) keys.

(* softmax of the scores s at temperature tau *)
Definition attention {K} (keys : list K) (s : K -> R) (tau : R) (k : K) : R :=
  exp (s k / tau) / total (fun j => exp (s j / tau)) keys.
Definition fidelity {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  total (attention keys s tau) (relevant P keys).
Definition leakage {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  total (attention keys s tau) (others P keys).
Definition entropy {K} (keys : list K) (s : K -> R) (tau : R) : R :=
  - total (fun k => attention keys s tau k * ln (attention keys s tau k)) keys.
Definition mean {K} (keys : list K) (s : K -> R) (tau : R) (v : K -> R) : R :=
  total (fun k => attention keys s tau k * v k) keys.

(* every relevant score exceeds every other by at least Delta, or by exactly Delta *)
Definition leads_by {K} (keys : list K) (P : K -> bool) (s : K -> R) (Delta : R) : Prop :=
  forall j k, In j keys -> P j = true -> In k keys -> P k = false -> s j - s k >= Delta.
Definition two_level {K} (keys : list K) (P : K -> bool) (s : K -> R) (Delta : R) : Prop :=
  forall j k, In j keys -> P j = true -> In k keys -> P k = false -> s j - s k = Delta.

(* both the block and the rest hold a key: m >= 1 and c >= 1 *)
Definition both_present {K} (P : K -> bool) (keys : list K) : Prop :=
  relevant P keys <> [] /\ others P keys <> [].

(* a dial subtracts lambda from every score outside the block *)
Definition dialled {K} (P : K -> bool) (s : K -> R) (lambda : R) (k : K) : R :=
  if P k then s k else s k - lambda.

(* ---- leakage ---- *)

Theorem headline_leakage {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta) :
  leakage keys P s tau
  <= leakage_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply Leakage.leakage_le_bound. Qed.

Theorem headline_leakage_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta) :
  leakage keys P s tau
  = leakage_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau)
  <-> two_level keys P s Delta.
Proof. destruct sizes. now apply Leakage.leakage_eq_bound_iff. Qed.

Theorem headline_leakage_fidelity {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : leads_by keys P s Delta) :
  fidelity keys P s tau
  >= 1 - count (others P keys) / count (relevant P keys) * exp (- (Delta / tau)).
Proof. destruct sizes. now apply Leakage.fidelity_ge_exponential. Qed.

(* a lead over the mean of the others is not enough *)
Theorem headline_leakage_boundary :
  exists (keys : list nat) (P : nat -> bool) (s : nat -> R) (tau Delta : R),
    both_present P keys /\ 0 < tau /\
    (forall j, In j keys -> P j = true ->
       s j - total s (others P keys) / count (others P keys) >= Delta) /\
    leakage keys P s tau
    > leakage_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. exact Leakage.leakage_mean_of_rest_fails. Qed.

(* a lead of the mean relevant score is enough *)
Theorem headline_leakage_mean_relevant {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : forall k, In k keys -> P k = false ->
       total s (relevant P keys) / count (relevant P keys) - s k >= Delta) :
  leakage keys P s tau
  <= leakage_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply Leakage.leakage_le_bound_mean. Qed.

(* ---- entropy ---- *)

Theorem headline_entropy {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta)
    (nonnegative : 0 <= Delta) :
  entropy keys s tau
  <= entropy_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply Entropy.entropy_le_bound. Qed.

Theorem headline_entropy_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta)
    (nonnegative : 0 <= Delta) :
  entropy keys s tau
  = entropy_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau)
  <-> two_level keys P s Delta.
Proof. destruct sizes. now apply Entropy.entropy_eq_bound_iff. Qed.

(* false at every negative margin, for all sizes but m = c = 1 *)
Theorem headline_entropy_boundary (m c : nat) (tau Delta : R)
    (sizes : (1 <= m)%nat /\ (1 <= c)%nat /\ (3 <= m + c)%nat) (temperature : 0 < tau)
    (negative : Delta < 0) :
  let keys := seq 0 (m + c) in
  let P := fun k => Nat.ltb k m in
  exists s, leads_by keys P s Delta
    /\ (exists j k, In j keys /\ P j = true /\ In k keys /\ P k = false /\ s j - s k = Delta)
    /\ entropy keys s tau > entropy_bound (INR m) (INR c) (Delta / tau).
Proof. destruct sizes as [M [C N]]. now apply Entropy.entropy_negative_margin_fails. Qed.

(* the bound falls with the margin, so any lower bound on the margin will do *)
Theorem headline_entropy_decreasing (m c : R) (sizes : 0 < m /\ 0 < c) :
  (forall x, is_derive (entropy_bound m c) x
               (- x * leakage_bound m c x * (1 - leakage_bound m c x))) /\
  (forall x y, 0 <= x -> x < y -> entropy_bound m c y < entropy_bound m c x).
Proof.
  destruct sizes. split; intros;
    [now apply Entropy.entropy_bound_derivative | now apply Entropy.entropy_bound_decreasing].
Qed.

(* ---- entropy-exponential ---- *)

Theorem headline_entropy_exponential {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : leads_by keys P s Delta) (nonnegative : 0 <= Delta) :
  entropy keys s tau
  <= entropy_exponential_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply EntropyExponential.entropy_le_exponential. Qed.

(* what it gives away against the exact bound is of second order in u *)
Theorem headline_entropy_exponential_gap (m c x : R) (sizes : 0 < m /\ 0 < c)
    (nonnegative : 0 <= x) :
  let u := c / m * exp (- x) in
  0 <= (1 + x) * u - (entropy_bound m c x - ln m) <= (x + 1 / 2) * u ^ 2.
Proof. destruct sizes. now apply EntropyExponential.exponential_gap_between. Qed.

(* two-level scores come that close to it, and the two excesses over ln m agree in the limit *)
Theorem headline_entropy_exponential_sharp {K} (keys : list K) (P : K -> bool)
    (sizes : both_present P keys) :
  let m := count (relevant P keys) in
  let c := count (others P keys) in
  (forall s tau Delta, 0 < tau -> 0 <= Delta -> two_level keys P s Delta ->
     let x := Delta / tau in
     let u := c / m * exp (- x) in
     0 <= entropy_exponential_bound m c x - entropy keys s tau <= (x + 1 / 2) * u ^ 2) /\
  is_lim (fun x => (entropy_bound m c x - ln m) / (entropy_exponential_bound m c x - ln m))
    p_infty 1.
Proof.
  destruct sizes as [block rest]. split.
  - intros. now apply EntropyExponential.exponential_gap_two_level.
  - apply EntropyExponential.exponential_ratio_limit; now apply Sums.size_pos.
Qed.

(* without the factor 1 + x no constant is large enough *)
Theorem headline_entropy_exponential_boundary {K} (keys : list K) (P : K -> bool)
    (tau constant : R) (sizes : both_present P keys) (temperature : 0 < tau) :
  exists s Delta, 0 <= Delta /\ leads_by keys P s Delta /\
    entropy keys s tau > ln (count (relevant P keys)) + constant * exp (- (Delta / tau)).
Proof.
  destruct sizes as [block rest].
  destruct (EntropyExponential.no_pure_exponential_attention keys P tau constant temperature
    block rest) as [s [Delta [D [T E]]]].
  exists s, Delta. split; [exact D | split; [now apply Softmax.two_level_margin | exact E]].
Qed.

(* ---- threshold ---- *)

Theorem headline_threshold {K} (keys : list K) (P : K -> bool) (tau Delta delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (share : 0 < delta < 1) :
  (forall s, leads_by keys P s Delta -> fidelity keys P s tau >= 1 - delta)
  <-> Delta >= tau * threshold_bound (count (relevant P keys)) (count (others P keys)) delta.
Proof. destruct sizes. now apply Threshold.threshold_iff. Qed.

(* two-level scores with that gap decide it *)
Theorem headline_threshold_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (share : 0 < delta < 1) (gap : two_level keys P s Delta) :
  fidelity keys P s tau >= 1 - delta
  <-> Delta >= tau * threshold_bound (count (relevant P keys)) (count (others P keys)) delta.
Proof. destruct sizes. now apply Threshold.threshold_two_level_iff. Qed.

(* below the threshold there are scores of that margin that leak too much *)
Theorem headline_threshold_boundary {K} (keys : list K) (P : K -> bool) (tau Delta delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (share : 0 < delta < 1)
    (short : Delta
             < tau * threshold_bound (count (relevant P keys)) (count (others P keys)) delta) :
  exists s, two_level keys P s Delta /\ fidelity keys P s tau < 1 - delta.
Proof. destruct sizes. now apply Threshold.threshold_short_fails. Qed.

(* with the margin taken to the mean of the others, meeting the threshold is not enough *)
Theorem headline_threshold_mean_margin :
  exists (keys : list nat) (P : nat -> bool) (s : nat -> R) (tau Delta delta : R),
    both_present P keys /\ 0 < tau /\ 0 < delta < 1 /\
    (forall j, In j keys -> P j = true ->
       s j - total s (others P keys) / count (others P keys) >= Delta) /\
    Delta >= tau * threshold_bound (count (relevant P keys)) (count (others P keys)) delta /\
    fidelity keys P s tau < 1 - delta.
Proof. exact Threshold.threshold_mean_of_rest_fails. Qed.

(* solved for temperature, block size and penalty; A <= 0 says that uniform attention is enough *)
Theorem headline_threshold_solved (m c delta : R) (sizes : 0 < m /\ 0 < c)
    (share : 0 < delta < 1) :
  let A := threshold_bound m c delta in
  (A <= 0 <-> m / (m + c) >= 1 - delta) /\
  (forall tau Delta, 0 < tau -> (Delta / tau >= A <-> Delta >= tau * A)) /\
  (forall tau Delta, 0 < tau -> 0 < Delta -> (Delta >= tau * A <-> A <= 0 \/ tau <= Delta / A)) /\
  (forall tau, 0 < tau -> (0 >= tau * A <-> A <= 0)) /\
  (forall tau Delta, 0 < tau -> Delta < 0 ->
     (Delta >= tau * A <-> A < 0 /\ tau >= Rabs Delta / Rabs A)) /\
  (forall x, x >= A <-> c / m <= exp x * delta / (1 - delta)).
Proof.
  destruct sizes. refine (conj _ (conj _ (conj _ (conj _ (conj _ _))))).
  - now apply Threshold.uniform_attention_iff.
  - intros. now apply Threshold.margin_over_temperature.
  - intros. now apply Threshold.solved_temperature_ahead.
  - intros. now apply Threshold.solved_temperature_level.
  - intros. now apply Threshold.solved_temperature_behind.
  - intros. now apply Threshold.solved_block_size.
Qed.

Theorem headline_threshold_penalty {K} (keys : list K) (P : K -> bool)
    (tau Delta delta lambda : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (share : 0 < delta < 1) (penalty : 0 <= lambda) :
  (forall s, leads_by keys P s Delta -> fidelity keys P (dialled P s lambda) tau >= 1 - delta)
  <-> lambda >= Rmax 0
        (tau * threshold_bound (count (relevant P keys)) (count (others P keys)) delta - Delta).
Proof. destruct sizes. now apply Threshold.dialled_threshold_iff. Qed.

(* Entropy budget, explicit: W is Lambert's W_-1 at - eta m / (e c), by its defining equation. *)
Theorem headline_threshold_budget {K} (keys : list K) (P : K -> bool) (tau Delta eta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (nonnegative : 0 <= Delta) :
  let m := count (relevant P keys) in
  let c := count (others P keys) in
  (eta >= c / m \/
   exists W, W <= -1 /\ W * exp W = - (eta * m / c / exp 1) /\ Delta / tau >= -1 - W) ->
  forall s, leads_by keys P s Delta -> entropy keys s tau <= ln m + eta.
Proof.
  destruct sizes. intros m c [E | [W [B [L X]]]].
  - now apply Threshold.budget_any.
  - now apply (Threshold.budget_lambert keys P tau Delta eta) with W.
Qed.

Theorem headline_threshold_budget_root (v : R) (range : 0 < v <= 1) :
  exists! W, W <= -1 /\ W * exp W = - (v / exp 1).
Proof. exact (Threshold.lambert_root_unique v range). Qed.

(* Entropy budget, exact: the condition is x >= the only root of H* = ln m + eta. *)
Theorem headline_threshold_budget_exact {K} (keys : list K) (P : K -> bool) (eta : R)
    (sizes : both_present P keys) :
  let m := count (relevant P keys) in
  let c := count (others P keys) in
  0 < eta < ln (1 + c / m) ->
  exists! x, 0 <= x /\ entropy_bound m c x = ln m + eta /\
    forall tau Delta, 0 < tau -> 0 <= Delta ->
      ((forall s, leads_by keys P s Delta -> entropy keys s tau <= ln m + eta)
       <-> Delta / tau >= x).
Proof. destruct sizes. now apply Threshold.budget_exact. Qed.

(* ---- truncation ---- *)

(* v k i is coordinate i of the value of key k; the norm is the Euclidean one *)
Definition norm {I} (dims : list I) (u : I -> R) : R := sqrt (total (fun i => u i ^ 2) dims).
Definition output {K I} (keys : list K) (s : K -> R) (tau : R) (v : K -> I -> R) (i : I) : R :=
  mean keys s tau (fun k => v k i).
Definition truncation_error {K I} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (v : K -> I -> R) (i : I) : R :=
  output keys s tau v i - output (relevant P keys) s tau v i.

Theorem headline_truncation {K I} (keys : list K) (P : K -> bool) (s : K -> R) (tau D : R)
    (dims : list I) (v : K -> I -> R) (sizes : both_present P keys)
    (values : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
       norm dims (fun i => v k i - v j i) <= D) :
  norm dims (truncation_error keys P s tau v) <= truncation_bound (leakage keys P s tau) D.
Proof.
  destruct sizes. apply Truncation.truncation_le_bound; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* every seminorm will do *)
Theorem headline_truncation_seminorm {K I} (N : (I -> R) -> R) (keys : list K) (P : K -> bool)
    (s : K -> R) (tau D : R) (v : K -> I -> R) (sizes : both_present P keys)
    (extensional : forall u w, (forall i, u i = w i) -> N u = N w)
    (homogeneous : forall a u, N (fun i => a * u i) = Rabs a * N u)
    (subadditive : forall u w, N (fun i => u i + w i) <= N u + N w)
    (values : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
       N (fun i => v k i - v j i) <= D) :
  N (truncation_error keys P s tau v) <= truncation_bound (leakage keys P s tau) D.
Proof. destruct sizes. now apply Truncation.truncation_le_bound. Qed.

(* the error is the leakage times the difference of the two conditional means *)
Theorem headline_truncation_error {K I} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (v : K -> I -> R) (sizes : both_present P keys) (i : I) :
  truncation_error keys P s tau v i
  = leakage keys P s tau
    * (output (others P keys) s tau v i - output (relevant P keys) s tau v i).
Proof. destruct sizes. now apply Truncation.truncation_error_eq. Qed.

(* attained by one value on the block and one on the rest *)
Theorem headline_truncation_sharp {K I} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (dims : list I) (v : K -> I -> R) (a b : I -> R) (sizes : both_present P keys)
    (block_value : forall j, In j keys -> P j = true -> forall i, v j i = a i)
    (other_value : forall k, In k keys -> P k = false -> forall i, v k i = b i) :
  norm dims (truncation_error keys P s tau v)
  = truncation_bound (leakage keys P s tau) (norm dims (fun i => b i - a i)).
Proof.
  destruct sizes. apply Truncation.truncation_two_values; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* distances within the block and within the rest bound nothing: all of them can be 0 *)
Theorem headline_truncation_boundary {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) :
  exists v : K -> unit -> R,
    (forall j k, In j keys -> In k keys -> P j = P k -> norm [tt] (fun i => v k i - v j i) = 0) /\
    norm [tt] (truncation_error keys P s tau v) = leakage keys P s tau /\
    leakage keys P s tau > 0.
Proof. destruct sizes. now apply Truncation.truncation_within_fails. Qed.

(* ---- temperature ---- *)

Definition variance {K} (keys : list K) (s : K -> R) (tau : R) (v : K -> R) : R :=
  mean keys s tau (fun k => (v k - mean keys s tau v) ^ 2).

(* entropy has this derivative in the temperature: it rises strictly, or all scores are equal *)
Theorem headline_temperature {K} (visible : list K) (s : K -> R) (tau : R)
    (keys : visible <> []) (temperature : 0 < tau) :
  is_derive (entropy visible s) tau (temperature_bound (variance visible s tau s) tau) /\
  ((exists j k, In j visible /\ In k visible /\ s j <> s k) ->
     forall tau', tau < tau' -> entropy visible s tau < entropy visible s tau') /\
  ((forall j k, In j visible -> In k visible -> s j = s k) ->
     entropy visible s tau = ln (count visible)).
Proof.
  split; [| split]; intros.
  - now apply Temperature.temperature_derivative, Rgt_not_eq.
  - now apply Temperature.temperature_increasing.
  - now apply Temperature.temperature_constant.
Qed.

(* the derivative vanishes for equal scores only *)
Theorem headline_temperature_sharp {K} (visible : list K) (s : K -> R) (tau : R)
    (keys : visible <> []) (temperature : 0 < tau) :
  temperature_bound (variance visible s tau s) tau = 0
  <-> forall j k, In j visible -> In k visible -> s j = s k.
Proof. now apply Temperature.temperature_rate_zero_iff, Rgt_not_eq. Qed.

(* at negative temperatures entropy falls *)
Theorem headline_temperature_boundary {K} (visible : list K) (s : K -> R) (tau tau' : R)
    (negative : tau < tau' < 0) :
  (exists j k, In j visible /\ In k visible /\ s j <> s k) ->
  entropy visible s tau' < entropy visible s tau.
Proof. intros D. now apply Temperature.temperature_negative. Qed.

(* its two ends: ln n, and the logarithm of the number of highest scores *)
Theorem headline_temperature_limits {K} (visible : list K) (s : K -> R) (highest : K -> bool)
    (keys : visible <> [])
    (top : forall k, In k visible -> (highest k = true <-> forall j, In j visible -> s j <= s k)) :
  is_lim (entropy visible s) p_infty (ln (count visible)) /\
  filterlim (entropy visible s) (at_right 0) (locally (ln (count (relevant highest visible)))).
Proof.
  split; [now apply Temperature.temperature_to_infinity |].
  unfold relevant. rewrite (Temperature.highest_unique visible s highest top).
  now apply Temperature.temperature_to_zero.
Qed.

(* the lower end is approached at least as fast as the bound of `entropy` falls *)
Theorem headline_temperature_rate {K} (visible : list K) (s : K -> R) (highest : K -> bool)
    (tau Delta : R) (rest : others highest visible <> []) (temperature : 0 < tau)
    (top : forall k, In k visible -> (highest k = true <-> forall j, In j visible -> s j <= s k))
    (margin : leads_by visible highest s Delta) (nonnegative : 0 <= Delta) :
  ln (count (relevant highest visible)) <= entropy visible s tau
  <= entropy_bound (count (relevant highest visible)) (count (others highest visible))
       (Delta / tau).
Proof. now apply Temperature.temperature_rate. Qed.

(* ---- dial ---- *)

Definition total_variation {K} (keys : list K) (p q : K -> R) : R :=
  total (fun k => Rabs (p k - q k)) keys / 2.

Theorem headline_dial {K} (keys : list K) (P : K -> bool) (s : K -> R) (lambda tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau) :
  fidelity keys P (dialled P s lambda) tau = dial_bound (fidelity keys P s tau) lambda tau.
Proof. destruct sizes. now apply Dial.dial_fidelity. Qed.

Theorem headline_dial_logit {K} (keys : list K) (P : K -> bool) (s : K -> R) (lambda tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau) :
  logit (fidelity keys P (dialled P s lambda) tau) = logit (fidelity keys P s tau) + lambda / tau.
Proof. destruct sizes. now apply Dial.dial_logit. Qed.

(* a dial that spares a key outside the block moves the log-odds by less *)
Theorem headline_dial_boundary {K} (keys : list K) (P spared : K -> bool) (s : K -> R)
    (lambda tau : R) (sizes : both_present P keys) (temperature : 0 < tau) (forward : 0 < lambda)
    (block : forall k, In k keys -> P k = true -> spared k = true)
    (another : exists k, In k keys /\ P k = false /\ spared k = true) :
  logit (fidelity keys P (dialled spared s lambda) tau)
  < logit (fidelity keys P s tau) + lambda / tau.
Proof. destruct sizes. now apply Dial.dial_partial_moves_less. Qed.

Theorem headline_dial_threshold {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (lambda tau delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (share : 0 < delta < 1) :
  fidelity keys P (dialled P s lambda) tau >= 1 - delta
  <-> lambda >= tau * (logit (1 - delta) - logit (fidelity keys P s tau)).
Proof. destruct sizes. now apply Dial.dial_threshold. Qed.

Theorem headline_dial_limit {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau) :
  is_lim (fun lambda => fidelity keys P (dialled P s lambda) tau) p_infty 1.
Proof. destruct sizes. now apply Dial.dial_to_infinity. Qed.

Theorem headline_dial_stability {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (lambda lambda' tau : R) (sizes : both_present P keys) (temperature : 0 < tau) :
  let distance := total_variation keys (attention keys (dialled P s lambda) tau)
                                       (attention keys (dialled P s lambda') tau) in
  distance = Rabs (fidelity keys P (dialled P s lambda) tau
                   - fidelity keys P (dialled P s lambda') tau) /\
  distance <= dial_stability_bound (Rabs (lambda - lambda')) tau.
Proof.
  destruct sizes. split; [now apply Dial.dial_total_variation | now apply Dial.dial_stability].
Qed.

(* attained by two settings around the dial of fidelity 1/2, at any distance, and by no others *)
Theorem headline_dial_stability_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (lambda lambda' tau : R) (sizes : both_present P keys) (temperature : 0 < tau) :
  total_variation keys (attention keys (dialled P s lambda) tau)
                       (attention keys (dialled P s lambda') tau)
  = dial_stability_bound (Rabs (lambda - lambda')) tau
  <-> lambda = lambda' \/ lambda + lambda' = - 2 * tau * logit (fidelity keys P s tau).
Proof. destruct sizes. now apply Dial.dial_stability_equality. Qed.

(* ---- dial-entropy ---- *)

(* mean score of the rest minus mean score of the block; it does not depend on the dial *)
Definition turning_point {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  mean (others P keys) s tau s - mean (relevant P keys) s tau s.
Definition dialled_entropy {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau lambda : R) : R :=
  entropy keys (dialled P s lambda) tau.

(* the derivative in the dial: entropy rises up to the turning point and falls beyond it *)
Theorem headline_dial_entropy {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau) :
  (forall lambda,
     is_derive (dialled_entropy keys P s tau) lambda
       (dial_entropy_bound (fidelity keys P (dialled P s lambda) tau) (turning_point keys P s tau)
          lambda tau)) /\
  (forall lambda lambda', lambda < lambda' <= turning_point keys P s tau ->
     dialled_entropy keys P s tau lambda < dialled_entropy keys P s tau lambda') /\
  (forall lambda lambda', turning_point keys P s tau <= lambda < lambda' ->
     dialled_entropy keys P s tau lambda' < dialled_entropy keys P s tau lambda).
Proof.
  destruct sizes. split; [| split]; intros.
  - now apply DialEntropy.dial_entropy_derivative.
  - now apply DialEntropy.dial_entropy_rises.
  - now apply DialEntropy.dial_entropy_falls.
Qed.

(* the peak, reached at the turning point only *)
Theorem headline_dial_entropy_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau lambda : R) (sizes : both_present P keys) (temperature : 0 < tau) :
  let peak := ln (exp (entropy (relevant P keys) s tau) + exp (entropy (others P keys) s tau)) in
  dialled_entropy keys P s tau lambda <= peak /\
  (dialled_entropy keys P s tau lambda = peak <-> lambda = turning_point keys P s tau).
Proof. destruct sizes. now apply DialEntropy.dial_entropy_peak. Qed.

(* there are scores whose entropy rises from dial 0, and that end above where they started *)
Theorem headline_dial_entropy_boundary :
  exists (keys : list nat) (P : nat -> bool) (s : nat -> R) (tau lambda : R),
    both_present P keys /\ 0 < tau /\ 0 < lambda /\
    entropy keys s tau < dialled_entropy keys P s tau lambda /\
    entropy keys s tau < entropy (relevant P keys) s tau.
Proof.
  destruct DialEntropy.dial_entropy_may_rise as (keys & P & s & tau & lambda & NR & NC & rises).
  now exists keys, P, s, tau, lambda.
Qed.

(* whenever the turning point is positive *)
Theorem headline_dial_entropy_rises {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau lambda : R) (sizes : both_present P keys) (temperature : 0 < tau) :
  0 < lambda <= turning_point keys P s tau ->
  entropy keys s tau < dialled_entropy keys P s tau lambda.
Proof. destruct sizes. now apply DialEntropy.dial_entropy_rises_from_zero. Qed.

(* the other end: the entropy of the block alone *)
Theorem headline_dial_entropy_limit {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau) :
  is_lim (dialled_entropy keys P s tau) p_infty (entropy (relevant P keys) s tau).
Proof. destruct sizes. now apply DialEntropy.dial_entropy_to_infinity. Qed.

(* a margin covers the turning point, and a nonnegative one leaves no rise *)
Theorem headline_dial_entropy_cover {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : leads_by keys P s Delta) :
  turning_point keys P s tau <= - Delta /\
  (0 <= Delta -> forall lambda lambda', 0 <= lambda < lambda' ->
     dialled_entropy keys P s tau lambda' < dialled_entropy keys P s tau lambda).
Proof.
  destruct sizes. split; [now apply DialEntropy.turning_point_le |]. intros.
  now apply (DialEntropy.dial_entropy_falls_from_zero keys P s tau Delta).
Qed.

(* ---- dial-mean-entropy ---- *)

(* queries q with their own visible keys, relevant block, scores and temperature, under one dial *)
Definition mean_entropy {Q K} (queries : list Q) (keys : Q -> list K) (P : Q -> K -> bool)
    (s : Q -> K -> R) (tau : Q -> R) (lambda : R) : R :=
  total (fun q => dialled_entropy (keys q) (P q) (s q) (tau q) lambda) queries / count queries.

(* It rises up to the least turning point and falls from the greatest one on, which is the least
   dial from which every query's entropy falls. *)
Theorem headline_dial_mean_entropy {Q K} (asked : list Q) (keys : Q -> list K)
    (P : Q -> K -> bool) (s : Q -> K -> R) (tau : Q -> R) (queries : asked <> [])
    (sizes : forall q, In q asked -> both_present (P q) (keys q))
    (temperature : forall q, In q asked -> 0 < tau q) :
  let turn q := turning_point (keys q) (P q) (s q) (tau q) in
  (forall lambda lambda', lambda < lambda' -> (forall q, In q asked -> lambda' <= turn q) ->
     mean_entropy asked keys P s tau lambda < mean_entropy asked keys P s tau lambda') /\
  (forall lambda lambda', lambda < lambda' -> (forall q, In q asked -> turn q <= lambda) ->
     mean_entropy asked keys P s tau lambda' < mean_entropy asked keys P s tau lambda) /\
  (forall start,
     (forall q, In q asked -> forall lambda lambda', start <= lambda < lambda' ->
        dialled_entropy (keys q) (P q) (s q) (tau q) lambda'
        < dialled_entropy (keys q) (P q) (s q) (tau q) lambda)
     <-> (forall q, In q asked -> turn q <= start)).
Proof.
  assert (block : forall q, In q asked -> relevant (P q) (keys q) <> [])
    by (intros q I; exact (proj1 (sizes q I))).
  assert (rest : forall q, In q asked -> others (P q) (keys q) <> [])
    by (intros q I; exact (proj2 (sizes q I))).
  split; [| split]; intros.
  - now apply DialMeanEntropy.mean_entropy_rises.
  - now apply DialMeanEntropy.mean_entropy_falls.
  - now apply DialMeanEntropy.every_entropy_falls_iff.
Qed.

(* the cover by margins *)
Theorem headline_dial_mean_entropy_cover {Q K} (asked : list Q) (keys : Q -> list K)
    (P : Q -> K -> bool) (s : Q -> K -> R) (tau : Q -> R) (Delta : Q -> R) (start : R)
    (queries : asked <> []) (sizes : forall q, In q asked -> both_present (P q) (keys q))
    (temperature : forall q, In q asked -> 0 < tau q)
    (margin : forall q, In q asked -> leads_by (keys q) (P q) (s q) (Delta q))
    (covered : forall q, In q asked -> - Delta q <= start) :
  forall lambda lambda', start <= lambda < lambda' ->
  mean_entropy asked keys P s tau lambda' < mean_entropy asked keys P s tau lambda.
Proof.
  intros. apply (DialMeanEntropy.mean_entropy_falls_from_cover asked keys P s tau) with Delta start;
    auto; intros q I; apply (sizes q I).
Qed.

(* For inner products of a query's vector u with the keys' vectors v, of mutual distances at most D:
   minus the norm times D is a margin, and any margin that a pair attains is at least that. *)
Theorem headline_dial_mean_entropy_norm {I K} (keys : list K) (P : K -> bool) (dims : list I)
    (u : I -> R) (v : K -> I -> R) (D : R)
    (diameter : forall j k, In j keys -> In k keys -> norm dims (fun i => v j i - v k i) <= D) :
  let s k := total (fun i => u i * v k i) dims in
  leads_by keys P s (- (norm dims u * D)) /\
  (forall j k, In j keys -> In k keys -> - (s j - s k) <= norm dims u * D).
Proof.
  split; [now apply DialMeanEntropy.inner_product_margin |]. intros j k J H.
  now apply (DialMeanEntropy.attained_margin_cover dims u v keys D j k).
Qed.

(* between the turning points 5 and 20 of two queries of two keys the mean falls and rises again *)
Theorem headline_dial_mean_entropy_boundary :
  let keys := [true; false] in
  let P k := k in
  let s t (k : bool) := if k then 0 else t in
  let mean := mean_entropy [5; 20] (fun _ => keys) (fun _ => P) s (fun _ => 1) in
  turning_point keys P (s 5) 1 = 5 /\ turning_point keys P (s 20) 1 = 20 /\
  mean (25 / 2) < mean 5 /\ mean (25 / 2) < mean 20.
Proof. exact DialMeanEntropy.mean_entropy_not_unimodal. Qed.
