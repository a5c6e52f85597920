(* The headlines on denoising and on fuzzy rules, restated with library definitions and the words of
   Statements.v. *)
Require Import Reals List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Statements.
From Locality Require Denoiser FuzzyInference.
Import ListNotations.
Open Scope R_scope.

(* ---- denoiser ---- *)

Section Denoising.
Context {K I : Type} (dims : list I) (data : K -> I -> R) (sigma : R).

(* Gaussian noise of standard deviation sigma in every coordinate; the training points are equally
   likely *)
Definition noise_density (u : I -> R) : R :=
  exp (- (total (fun i => u i ^ 2) dims / (2 * sigma ^ 2))) / (sqrt (2 * PI) * sigma) ^ length dims.
Definition noisy_density (points : list K) (x : I -> R) : R :=
  total (fun k => noise_density (fun i => x i - data k i)) points / count points.

(* Bayes' rule, and the mean under it *)
Definition posterior (points : list K) (x : I -> R) (k : K) : R :=
  noise_density (fun i => x i - data k i)
  / total (fun k => noise_density (fun i => x i - data k i)) points.
Definition denoised (points : list K) (x : I -> R) (i : I) : R :=
  total (fun k => posterior points x k * data k i) points.

Definition directed (e u : I -> R) : R := total (fun i => e i * u i) dims.
Definition moved (x e : I -> R) (t : R) (i : I) : R := x i + t * e i.
Definition squared_distance (x : I -> R) (k : K) : R := total (fun i => (x i - data k i) ^ 2) dims.

(* along every direction e the slope of the log-density is the denoiser's step over sigma^2 *)
Theorem headline_denoiser (training : list K) (x e : I -> R) (t : R) (points : training <> [])
    (noise : 0 < sigma) :
  is_derive (fun t => ln (noisy_density training (moved x e t))) t
    (denoiser_bound
       (directed e (fun i => denoised training (moved x e t) i - moved x e t i)) sigma).
Proof. exact (Denoiser.log_density_derivative training dims data sigma points noise x e t). Qed.

(* the chances are attention with the scores -|x - x_i|^2 / 2 at temperature sigma^2 *)
Theorem headline_denoiser_kernel (training : list K) (x : I -> R) (k : K)
    (points : training <> []) (noise : 0 < sigma) :
  posterior training x k
  = attention training (fun k => - (squared_distance x k / 2)) (sigma ^ 2) k.
Proof. now apply Denoiser.posterior_probability. Qed.

(* any answer is worse than the denoiser's by its squared distance from it *)
Theorem headline_denoiser_optimal (training : list K) (x theta : I -> R) (points : training <> [])
    (noise : 0 < sigma) :
  total (fun k => posterior training x k * squared_distance theta k) training
  = denoiser_optimal_bound
      (total (fun k => posterior training x k * squared_distance (denoised training x) k) training)
      (norm dims (fun i => theta i - denoised training x i)).
Proof. exact (Denoiser.risk_of_answer training dims data sigma points noise x theta). Qed.

(* its derivative is the variance of the training points along the direction over sigma^2 *)
Theorem headline_denoiser_jacobian (training : list K) (x e : I -> R) (t : R)
    (points : training <> []) (noise : 0 < sigma) :
  let s k := - (squared_distance (moved x e t) k / 2) in
  is_derive (fun t => directed e (denoised training (moved x e t))) t
    (denoiser_jacobian_bound
       (variance training s (sigma ^ 2) (fun k => directed e (data k))) sigma).
Proof. now apply (Denoiser.denoised_derivative training dims data sigma). Qed.

(* it never folds: moving a point moves the denoised point the same way *)
Theorem headline_denoiser_monotone (training : list K) (x e : I -> R) (t u : R)
    (noise : 0 < sigma)
    (apart : exists j k, In j training /\ In k training /\
       directed e (data j) <> directed e (data k)) :
  t < u ->
  directed e (denoised training (moved x e t)) < directed e (denoised training (moved x e u)).
Proof.
  intros L. apply (Denoiser.denoised_increasing training dims data sigma); try assumption.
  destruct apart as (j & _ & J & _). now intros ->.
Qed.

(* what training points outside a block of near ones change, half the gap being Delta *)
Theorem headline_denoiser_memory (training : list K) (P : K -> bool) (x : I -> R) (Delta D : R)
    (sizes : both_present P training) (noise : 0 < sigma)
    (nearer : forall j k, In j training -> P j = true -> In k training -> P k = false ->
       squared_distance x k - squared_distance x j >= 2 * Delta)
    (diameter : forall j k, In j training -> P j = true -> In k training -> P k = false ->
       norm dims (fun i => data k i - data j i) <= D) :
  norm dims (fun i => denoised training x i - denoised (relevant P training) x i)
  <= denoiser_memory_bound (count (relevant P training)) (count (others P training))
       (Delta / sigma ^ 2) D.
Proof. destruct sizes. now apply (Denoiser.memory_le_bound training dims data sigma). Qed.

(* attained by two places, whatever the numbers of points there *)
Theorem headline_denoiser_sharp (training : list K) (P : K -> bool) (x a b : I -> R) (Delta : R)
    (sizes : both_present P training) (noise : 0 < sigma)
    (gap : total (fun i => (x i - b i) ^ 2) dims - total (fun i => (x i - a i) ^ 2) dims
           = 2 * Delta)
    (near : forall j, In j training -> P j = true -> forall i, data j i = a i)
    (far : forall k, In k training -> P k = false -> forall i, data k i = b i) :
  norm dims (fun i => denoised training x i - denoised (relevant P training) x i)
  = denoiser_memory_bound (count (relevant P training)) (count (others P training))
      (Delta / sigma ^ 2) (norm dims (fun i => b i - a i)).
Proof. destruct sizes. now apply (Denoiser.memory_two_places training dims data sigma). Qed.
End Denoising.

(* Training points 0 and 1 under Laplace noise of scale 1. *)
Definition laplace_density (x : R) : R := (exp (- Rabs (x - 0)) + exp (- Rabs (x - 1))) / 4.
Definition laplace_denoised (x : R) : R :=
  (exp (- Rabs (x - 0)) * 0 + exp (- Rabs (x - 1)) * 1)
  / (exp (- Rabs (x - 0)) + exp (- Rabs (x - 1))).

(* the step is no constant multiple of the score *)
Theorem headline_denoiser_boundary (factor : R) :
  ~ (forall x score, is_derive (fun y => ln (laplace_density y)) x score ->
       laplace_denoised x - x = factor * score).
Proof. apply Denoiser.laplace_step_is_no_multiple. Qed.

(* ---- fuzzy-inference ---- *)

Definition membership (x c s : R) : R := exp (- ((x - c) ^ 2 / (2 * s ^ 2))).
Definition all_of {I} (f : I -> R) (dims : list I) : R := fold_right Rmult 1 (map f dims).
Definition least_of {I} (f : I -> R) (dims : list I) : R := fold_right Rmin 1 (map f dims).
Definition averaged {K} (system : list K) (w b : K -> R) : R :=
  total (fun j => w j * b j) system / total w system.

(* a rule fires with the product of its memberships; it is that many of its widths away *)
Definition firing {K I} (dims : list I) (centre width : K -> I -> R) (x : I -> R) (j : K) : R :=
  all_of (fun i => membership (x i) (centre j i) (width j i)) dims.
Definition away {K I} (centre width : K -> I -> R) (x : I -> R) (j : K) (i : I) : R :=
  (x i - centre j i) / width j i.

(* half the squared distance in the exponent, so the output is attention to the rules *)
Theorem headline_fuzzy_inference {K I} (system : list K) (dims : list I)
    (centre width : K -> I -> R) (x : I -> R) (b : K -> R) (rules : system <> [])
    (widths : forall j i, 0 < width j i) :
  let d2 j := total (fun i => away centre width x j i ^ 2) dims in
  (forall j, ln (firing dims centre width x j)
             = fuzzy_inference_bound (norm dims (away centre width x j))) /\
  averaged system (firing dims centre width x) b = mean system (fun j => - (d2 j / 2)) 1 b.
Proof.
  split; [intros; now apply FuzzyInference.log_firing | now apply FuzzyInference.output_mean].
Qed.

(* with one width along every axis: the score of a key, less half the squares of two lengths *)
Theorem headline_fuzzy_inference_attention {I} (dims : list I) (centre width x : I -> R)
    (widths : forall i, 0 < width i) :
  let key i := centre i / width i in
  let query i := x i / width i in
  ln (firing dims (fun _ : unit => centre) (fun _ => width) x tt)
  = fuzzy_inference_attention_bound (total (fun i => query i * key i) dims) (norm dims key)
      (norm dims query).
Proof. now apply FuzzyInference.log_firing_scored. Qed.

Theorem headline_fuzzy_inference_output {K I} (system : list K) (dims : list I)
    (centre width : K -> I -> R) (x : I -> R) (b : K -> R) (rules : system <> [])
    (widths : forall j i, 0 < width j i) :
  let d2 j := total (fun i => away centre width x j i ^ 2) dims in
  averaged system (firing dims centre width x) b
  = total (fun j => attention system (fun j => - (d2 j / 2)) 1 j * b j) system.
Proof. now apply FuzzyInference.output_mean. Qed.

(* between any two bounds of the consequents *)
Theorem headline_fuzzy_inference_hull {K I} (system : list K) (dims : list I)
    (centre width : K -> I -> R) (x : I -> R) (b : K -> R) (low high : R)
    (rules : system <> []) (widths : forall j i, 0 < width j i)
    (consequents : forall j, In j system -> low <= b j <= high) :
  low <= averaged system (firing dims centre width x) b <= high.
Proof. now apply FuzzyInference.output_within. Qed.

(* what the other rules change, where the rules of P lead by that much *)
Theorem headline_fuzzy_inference_leading {K I} (system : list K) (dims : list I)
    (centre width : K -> I -> R) (x : I -> R) (b : K -> R) (P : K -> bool) (lead D : R)
    (sizes : both_present P system) (widths : forall j i, 0 < width j i) :
  let d2 j := total (fun i => away centre width x j i ^ 2) dims in
  let w := firing dims centre width x in
  leads_by system P (fun j => - (d2 j / 2)) lead ->
  (forall j k, In j system -> P j = true -> In k system -> P k = false ->
     Rabs (b k - b j) <= D) ->
  Rabs (averaged system w b - averaged (relevant P system) w b)
  <= fuzzy_inference_leading_bound (count (relevant P system)) (count (others P system)) lead D.
Proof. destruct sizes. intros. now apply FuzzyInference.others_le_bound. Qed.

Theorem headline_fuzzy_inference_sharp {K I} (system : list K) (dims : list I)
    (centre width : K -> I -> R) (x : I -> R) (b : K -> R) (P : K -> bool) (lead u v : R)
    (sizes : both_present P system) (widths : forall j i, 0 < width j i) :
  let d2 j := total (fun i => away centre width x j i ^ 2) dims in
  let w := firing dims centre width x in
  two_level system P (fun j => - (d2 j / 2)) lead ->
  (forall j, In j system -> P j = true -> b j = u) ->
  (forall k, In k system -> P k = false -> b k = v) ->
  Rabs (averaged system w b - averaged (relevant P system) w b)
  = fuzzy_inference_leading_bound (count (relevant P system)) (count (others P system)) lead
      (Rabs (v - u)).
Proof. destruct sizes. intros. now apply FuzzyInference.others_two_values. Qed.

(* centres (3, 4) and (5, 0), as far from the input 0: the minimum for "and" tells them apart *)
Theorem headline_fuzzy_inference_boundary :
  exists centre : bool -> bool -> R,
    let near j i := membership 0 (centre j i) 1 in
    let b (j : bool) := if j then 1 else 0 in
    let both := [true; false] in
    averaged both (fun j => all_of (near j) both) b = 1 / 2 /\
    averaged both (fun j => least_of (near j) both) b < 1 / 2.
Proof. exists FuzzyInference.centre_of. exact FuzzyInference.minimum_fails. Qed.

(* a weighted sum that is not divided by the strengths may exceed every consequent *)
Theorem headline_fuzzy_inference_sum :
  exists (system : list bool) (centre width : bool -> unit -> R) (x : unit -> R),
    (forall j i, 0 < width j i) /\
    total (fun j => firing [tt] centre width x j * 1) system > 1.
Proof.
  exists [true; false], (fun _ _ => 0), (fun _ _ => 1), (fun _ => 0).
  split; [intros; apply Rlt_0_1 | exact FuzzyInference.sum_leaves_range].
Qed.
