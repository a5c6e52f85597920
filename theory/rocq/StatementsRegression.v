(* The headlines on kernel regression and nearest neighbours, restated with library definitions and
   the words of Statements.v. The normalised kernel is `attention keys s tau`: s/tau is the logarithm
   of the kernel, and points that a kernel of bounded support does not reach are not listed. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements.
From Locality Require Truncation KernelRegression LazyLearning.
Import ListNotations.
Open Scope R_scope.

(* ---- kernel-regression ---- *)

(* an expectation E: linear on the random variables L that it is defined for, and 1 of 1 *)
Definition expectation {G} (L : (G -> R) -> Prop) (E : (G -> R) -> R) : Prop :=
  (forall f g, (forall o, f o = g o) -> L f -> L g /\ E g = E f) /\
  (L (fun _ => 1) /\ E (fun _ => 1) = 1) /\
  (forall a b f g, L f -> L g ->
     L (fun o => a * f o + b * g o) /\ E (fun o => a * f o + b * g o) = a * E f + b * E g).

(* each point listed once, its noise e k of mean 0 and variance sigma2; mixed products of mean 0 *)
Definition uncorrelated_noise {K G} (E : (G -> R) -> R) (keys : list K) (e : K -> G -> R)
    (sigma2 : R) : Prop :=
  0 < sigma2 /\ NoDup keys /\
  exists L, expectation L E /\
    forall k, In k keys -> (L (e k) /\ E (e k) = 0) /\
      forall j, In j keys -> L (fun o => e j o * e k o) /\
        (j = k -> E (fun o => e j o * e k o) = sigma2) /\
        (j <> k -> E (fun o => e j o * e k o) = 0).

(* the local mean of the values f k + e k, and how it varies *)
Definition estimate {K G} (keys : list K) (s : K -> R) (tau : R) (f : K -> R) (e : K -> G -> R)
    (o : G) : R := mean keys s tau (fun k => f k + e k o).
Definition varies {G} (E : (G -> R) -> R) (f : G -> R) : R := E (fun o => (f o - E f) ^ 2).

Theorem headline_kernel_regression {K G} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta sigma2 Lip f0 : R) (f distance : K -> R) (e : K -> G -> R) (E : (G -> R) -> R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta)
    (nonnegative : 0 <= Delta) (noise : uncorrelated_noise E keys e sigma2)
    (lipschitz : forall k, In k keys -> Rabs (f k - f0) <= Lip * distance k) :
  varies E (estimate keys s tau f e)
  >= kernel_regression_bound sigma2 (count (relevant P keys)) (count (others P keys))
       (Delta / tau) /\
  Rabs (E (estimate keys s tau f e) - f0)
  <= kernel_regression_bias_bound Lip (mean keys s tau distance).
Proof. destruct sizes. now apply KernelRegression.estimate_errs with (P := P). Qed.

Theorem headline_kernel_regression_sharp {K G} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta sigma2 : R) (f : K -> R) (e : K -> G -> R) (E : (G -> R) -> R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta)
    (nonnegative : 0 <= Delta) (noise : uncorrelated_noise E keys e sigma2) :
  varies E (estimate keys s tau f e)
  = kernel_regression_bound sigma2 (count (relevant P keys)) (count (others P keys)) (Delta / tau)
  <-> two_level keys P s Delta.
Proof. destruct sizes. now apply KernelRegression.estimate_varies_least_iff. Qed.

(* the mean of the estimate is the local mean of f, and the variance that of the squared shares *)
Theorem headline_kernel_regression_noise {K G} (keys : list K) (s : K -> R) (tau sigma2 : R)
    (f : K -> R) (e : K -> G -> R) (E : (G -> R) -> R)
    (noise : uncorrelated_noise E keys e sigma2) :
  E (estimate keys s tau f e) = mean keys s tau f /\
  varies E (estimate keys s tau f e) = sigma2 * total (fun k => attention keys s tau k ^ 2) keys.
Proof. now apply KernelRegression.estimate_variance. Qed.

(* at least e^-H, and just that for equal shares only: e^-H is no bound from above *)
Theorem headline_kernel_regression_entropy {K} (keys : list K) (s : K -> R) (tau sigma2 : R)
    (visible : keys <> []) (noisy : 0 < sigma2) :
  let log_variance := ln (sigma2 * total (fun k => attention keys s tau k ^ 2) keys) in
  log_variance >= kernel_regression_entropy_bound sigma2 (entropy keys s tau) /\
  (log_variance = kernel_regression_entropy_bound sigma2 (entropy keys s tau)
   <-> forall j k, In j keys -> In k keys -> attention keys s tau j = attention keys s tau k).
Proof. now apply KernelRegression.log_variance_ge. Qed.

(* and so at least e^-H*, with the bound of `entropy` *)
Theorem headline_kernel_regression_margin {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta sigma2 : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : leads_by keys P s Delta) (nonnegative : 0 <= Delta) (noisy : 0 < sigma2) :
  let m := count (relevant P keys) in
  let c := count (others P keys) in
  kernel_regression_margin_bound sigma2 m c (Delta / tau)
  = sigma2 * exp (- entropy_bound m c (Delta / tau)) /\
  kernel_regression_margin_bound sigma2 m c (Delta / tau) <= sigma2 * exp (- entropy keys s tau)
  <= sigma2 * total (fun k => attention keys s tau k ^ 2) keys.
Proof. destruct sizes. now apply KernelRegression.variance_ge_margin. Qed.

(* Local-affine least squares, in any number of dimensions: z k is the point k seen from the query.
   At a design on which no affine function vanishes but is not 0 at the query, whatever minimises the
   weighted squared loss meets an affine function at the query. *)
Theorem headline_kernel_regression_affine {K I} (keys : list K) (dims : list I) (s : K -> R)
    (tau : R) (z : K -> I -> R) (f0 a : R) (slope b : I -> R) (visible : keys <> [])
    (design : forall a b,
       (forall k, In k keys -> a + total (fun i => b i * z k i) dims = 0) -> a = 0) :
  let y k := f0 + total (fun i => slope i * z k i) dims in
  let loss a b := total (fun k =>
    attention keys s tau k * (y k - (a + total (fun i => b i * z k i) dims)) ^ 2) keys in
  (forall a' b', loss a b <= loss a' b') -> a = f0.
Proof. now apply KernelRegression.affine_fit. Qed.

(* the weight of a point in the value of the fitted line at the query *)
Definition line_weight {K} (keys : list K) (s z : K -> R) (tau : R) (k : K) : R :=
  let s1 := mean keys s tau z in
  let s2 := mean keys s tau (fun k => z k ^ 2) in
  attention keys s tau k * (s2 - z k * s1) / (s2 - s1 ^ 2).

Theorem headline_kernel_regression_weights {K} (keys : list K) (s z : K -> R) (tau : R) (j k : K)
    (here : In j keys) (there : In k keys) (places : z j <> z k) :
  total (line_weight keys s z tau) keys = 1 /\
  total (fun i => line_weight keys s z tau i * z i) keys = 0.
Proof. now apply KernelRegression.line_weights with (j := j) (k := k). Qed.

(* points at 1 and 2 of equal weight: seen from 0 the farther one counts negatively *)
Theorem headline_kernel_regression_negative_weight (tau : R) :
  line_weight [1; 2] (fun _ => 0) (fun z => z) tau 2 = - (1).
Proof. apply KernelRegression.line_weight_negative. Qed.

(* a local mean does not meet affine functions: points on one side of the query drag it along *)
Theorem headline_kernel_regression_boundary {K} (keys : list K) (s z : K -> R) (tau f0 slope : R)
    (visible : keys <> []) (one_side : forall k, In k keys -> 0 < z k) (steep : slope <> 0) :
  mean keys s tau (fun k => f0 + slope * z k) <> f0.
Proof. now apply KernelRegression.one_sided_mean. Qed.

(* with a negative margin the bound of the variance is false, whatever the sizes *)
Theorem headline_kernel_regression_negative_margin {K} (keys : list K) (P : K -> bool)
    (tau Delta sigma2 : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (negative : Delta < 0) (noisy : 0 < sigma2) :
  exists s, leads_by keys P s Delta /\
    sigma2 * total (fun k => attention keys s tau k ^ 2) keys
    < kernel_regression_bound sigma2 (count (relevant P keys)) (count (others P keys))
        (Delta / tau).
Proof. destruct sizes. now apply KernelRegression.variance_fails_at_negative_margin. Qed.

(* ---- lazy-learning ---- *)

(* each key counted once *)
Definition plain_mean {K} (v : K -> R) (keys : list K) : R := total v keys / count keys.
Definition cold_error {K I} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (v : K -> I -> R) (i : I) : R :=
  output keys s tau v i - plain_mean (fun k => v k i) (relevant P keys).

(* P marks the nearest keys *)
Theorem headline_lazy_learning {K I} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta D : R) (dims : list I) (v : K -> I -> R) (sizes : both_present P keys)
    (temperature : 0 < tau)
    (tied : forall j k, In j keys -> P j = true -> In k keys -> P k = true -> s j = s k)
    (margin : leads_by keys P s Delta)
    (values : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
       norm dims (fun i => v k i - v j i) <= D) :
  norm dims (cold_error keys P s tau v)
  <= lazy_learning_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau) D.
Proof.
  destruct sizes. apply LazyLearning.cold_le_bound; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* attained by two-level scores, one value on the nearest keys and one on the others *)
Theorem headline_lazy_learning_sharp {K I} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (dims : list I) (v : K -> I -> R) (a b : I -> R) (sizes : both_present P keys)
    (temperature : 0 < tau)
    (tied : forall j k, In j keys -> P j = true -> In k keys -> P k = true -> s j = s k)
    (gap : two_level keys P s Delta)
    (near_value : forall j, In j keys -> P j = true -> forall i, v j i = a i)
    (other_value : forall k, In k keys -> P k = false -> forall i, v k i = b i) :
  norm dims (cold_error keys P s tau v)
  = lazy_learning_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau)
      (norm dims (fun i => b i - a i)).
Proof.
  destruct sizes. apply LazyLearning.cold_two_values; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* with a gap, attention tends to the plain mean of the nearest values as the temperature falls *)
Theorem headline_lazy_learning_limit {K I} (keys : list K) (P : K -> bool) (s : K -> R)
    (Delta : R) (dims : list I) (v : K -> I -> R) (sizes : both_present P keys)
    (tied : forall j k, In j keys -> P j = true -> In k keys -> P k = true -> s j = s k)
    (margin : leads_by keys P s Delta) (gap : 0 < Delta) :
  forall eps, 0 < eps ->
    exists t0, 0 < t0 /\
      forall tau, 0 < tau < t0 -> norm dims (cold_error keys P s tau v) < eps.
Proof.
  destruct sizes. apply LazyLearning.cold_limit with (Delta := Delta); try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* The kernel that is 1 on distances up to h, the k-th: fewer than k keys are nearer, and at least k
   no farther. Its local mean is the plain mean of the keys found, none of which is farther than a
   key left out; they are k if just one lies at h. *)
Definition no_farther (d h : R) : bool := if Rle_dec d h then true else false.
Definition nearer (d h : R) : bool := if Rlt_dec d h then true else false.
Definition as_far (d h : R) : bool := if Req_EM_T d h then true else false.

Theorem headline_lazy_learning_neighbours {K} (keys : list K) (d : K -> R) (h : R) (k : nat) :
  let found := filter (fun j => no_farther (d j) h) keys in
  let kernel j := if no_farther (d j) h then 1 else 0 in
  (length (filter (fun j => nearer (d j) h) keys) < k <= length found)%nat ->
  (forall v : K -> R,
     total (fun j => kernel j * v j) keys / total kernel keys = plain_mean v found) /\
  (forall i j, In i found -> In j keys -> ~ In j found -> d i < d j) /\
  (length (filter (fun j => as_far (d j) h) keys) <= 1 -> length found = k)%nat.
Proof. apply LazyLearning.indicator_mean. Qed.

(* Of two keys that tie, with values 1 and 0, attention takes neither, at any temperature. *)
Theorem headline_lazy_learning_boundary (tau : R) :
  mean [true; false] (fun _ => 0) tau (fun k => if k then 1 else 0) = / 2.
Proof. apply LazyLearning.tie_averages. Qed.
