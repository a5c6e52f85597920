(* mean-shift -- moving to the weighted mean never lowers the density, if its profile is convex.

   Source: localization, mode seeking as an iterated local mean.
   Assumes: a profile k with k(b) >= k(a) - g(a) (b - a) for a, b >= 0, that is, convex with
   g = -k' (any subgradient where it has a kink); the weights g at the point have a positive sum;
   h is not 0. That k falls (g >= 0) makes the move a mean; the inequality does not need it.

   Proved: the rise of the density, exactly (density_rise), each key adding how far the profile lies
   above its tangent; so the rise is at least (sum of g)/h^2 |move|^2 (density_rises), with equality
   exactly where every tangent is met (density_rise_eq_iff); the Gaussian and the Epanechnikov
   profile are convex (gaussian_convex, epanechnikov_convex), the latter with the flat weights;
   for a profile that is not convex the density can fall (concave_profile_falls). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Sums Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma mean_shift_bound_eq (pull travel h : R) :
  mean_shift_bound pull travel h = pull * travel ^ 2 / h ^ 2.
Proof. unfold mean_shift_bound. unfold Rdiv. ring. Qed.

Section Shift.
Context {K I : Type} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R) (k g : R -> R).

(* squared distance of a point from a key, in bandwidths *)
Definition apart (y : I -> R) (j : K) : R := sum (fun i => (y i - x j i) ^ 2) dims / h ^ 2.
Definition density (y : I -> R) : R := sum (fun j => k (apart y j)) keys.
Definition pull (y : I -> R) : R := sum (fun j => g (apart y j)) keys.
Definition shifted (y : I -> R) (i : I) : R := sum (fun j => g (apart y j) * x j i) keys / pull y.
Definition above_tangent (y : I -> R) (j : K) : R :=
  k (apart (shifted y) j) - (k (apart y j) - g (apart y j) * (apart (shifted y) j - apart y j)).

Context (bandwidth : h <> 0) (y : I -> R) (attracted : 0 < pull y).

Lemma nearer :
  sum (fun j => g (apart y j) * (apart y j - apart (shifted y) j)) keys
  = mean_shift_bound (pull y) (euclidean dims (fun i => shifted y i - y i)) h.
Proof.
  rewrite mean_shift_bound_eq. unfold euclidean.
  rewrite <- Rsqr_pow2, Rsqr_sqrt by apply sum_squares_nonneg.
  rewrite (sum_ext _ (fun j => sum (fun i =>
    g (apart y j) * ((y i - x j i) ^ 2 - (shifted y i - x j i) ^ 2)) dims / h ^ 2)).
  2: { intros j _. rewrite sum_scale, sum_minus. unfold apart at 2 3. now field. }
  rewrite sum_divide, sum_swap. f_equal. rewrite <- sum_scale. apply sum_ext. intros i _.
  rewrite (sum_ext _ (fun j => g (apart y j) * (y i ^ 2 - shifted y i ^ 2)
    - 2 * (y i - shifted y i) * (g (apart y j) * x j i))) by (intros; ring).
  rewrite sum_minus, sum_scale_r, sum_scale. fold (pull y).
  assert (E : sum (fun j => g (apart y j) * x j i) keys = pull y * shifted y i)
    by (unfold shifted; field; lra).
  rewrite E. ring.
Qed.

Theorem density_rise :
  density (shifted y) - density y
  = mean_shift_bound (pull y) (euclidean dims (fun i => shifted y i - y i)) h
    + sum (above_tangent y) keys.
Proof.
  rewrite <- nearer. unfold density, above_tangent.
  rewrite <- sum_minus, <- sum_plus. apply sum_ext. intros. ring.
Qed.

Context (convex : forall a b, 0 <= a -> 0 <= b -> k b >= k a - g a * (b - a)).

Lemma apart_nonneg (z : I -> R) (j : K) : 0 <= apart z j.
Proof.
  apply Rmult_le_pos; [apply (sum_squares_nonneg dims (fun i => z i - x j i)) |].
  left. apply Rinv_0_lt_compat. rewrite <- Rsqr_pow2. now apply Rlt_0_sqr.
Qed.

Lemma above_tangent_nonneg (j : K) : 0 <= above_tangent y j.
Proof.
  unfold above_tangent.
  pose proof (convex _ _ (apart_nonneg y j) (apart_nonneg (shifted y) j)). lra.
Qed.

Theorem density_rises :
  density (shifted y) - density y
  >= mean_shift_bound (pull y) (euclidean dims (fun i => shifted y i - y i)) h.
Proof.
  rewrite density_rise. pose proof (sum_nonneg (above_tangent y) keys) as N.
  enough (0 <= sum (above_tangent y) keys) by lra. apply N. intros. apply above_tangent_nonneg.
Qed.

Theorem density_rise_eq_iff :
  density (shifted y) - density y
  = mean_shift_bound (pull y) (euclidean dims (fun i => shifted y i - y i)) h
  <-> forall j, In j keys ->
        k (apart (shifted y) j) = k (apart y j) - g (apart y j) * (apart (shifted y) j - apart y j).
Proof.
  rewrite density_rise. split.
  - intros E j J. enough (above_tangent y j = 0) by (unfold above_tangent in *; lra).
    apply (sum_zero (above_tangent y) keys); [intros; apply above_tangent_nonneg | lra | exact J].
  - intros E. rewrite (sum_const_on 0 (above_tangent y)); [ring |].
    intros j J. unfold above_tangent. rewrite (E j J). ring.
Qed.
End Shift.

(* ---- two convex profiles ---- *)

Definition gaussian_profile (t : R) : R := exp (- t / 2).
Definition gaussian_weight (t : R) : R := exp (- t / 2) / 2.

Theorem gaussian_convex (a b : R) :
  gaussian_profile b >= gaussian_profile a - gaussian_weight a * (b - a).
Proof.
  unfold gaussian_profile, gaussian_weight. pose proof (exp_above_tangent ((a - b) / 2)) as T.
  replace (- b / 2) with (- a / 2 + (a - b) / 2) by field. rewrite exp_plus.
  pose proof (exp_pos (- a / 2)). nra.
Qed.

(* its weights are those of the flat kernel: 1 within the bandwidth, 0 beyond *)
Definition epanechnikov_profile (t : R) : R := Rmax (1 - t) 0.
Definition flat_weight (t : R) : R := if Rle_dec t 1 then 1 else 0.

Theorem epanechnikov_convex (a b : R) :
  epanechnikov_profile b >= epanechnikov_profile a - flat_weight a * (b - a).
Proof.
  unfold epanechnikov_profile, flat_weight. pose proof (Rmax_l (1 - b) 0).
  pose proof (Rmax_r (1 - b) 0).
  destruct (Rle_dec a 1); [rewrite (Rmax_left (1 - a)) | rewrite (Rmax_right (1 - a))]; lra.
Qed.

(* ---- boundary: a profile that falls but is not convex ---- *)

(* 1 - t^2 within the bandwidth: its weights 2 t pull most where the keys are far *)
Definition concave_profile (t : R) : R := if Rle_dec t 1 then 1 - t ^ 2 else 0.
Definition concave_weight (t : R) : R := if Rle_dec t 1 then 2 * t else 0.

Theorem concave_profile_falls :
  exists (keys : list R) (y : R),
    let x := fun (key : R) (_ : unit) => key in
    let here := fun _ : unit => y in
    pull keys [tt] x 1 concave_weight here > 0 /\
    density keys [tt] x 1 concave_profile (shifted keys [tt] x 1 concave_weight here)
    < density keys [tt] x 1 concave_profile here.
Proof.
  exists [- (1 / 2); 1 / 2], (1 / 8). intros x here.
  assert (A : forall (z : unit -> R) key, apart [tt] x 1 z key = (z tt - key) ^ 2).
  { intros. unfold apart. rewrite sum_cons, sum_nil. unfold x. field. }
  assert (P : pull [- (1 / 2); 1 / 2] [tt] x 1 concave_weight here = 17 / 16).
  { unfold pull. rewrite !sum_cons, sum_nil, !A. unfold concave_weight, here.
    destruct (Rle_dec _ 1); [| lra]. destruct (Rle_dec _ 1); lra. }
  assert (S : shifted [- (1 / 2); 1 / 2] [tt] x 1 concave_weight here tt = - (4 / 17)).
  { unfold shifted. rewrite P, !sum_cons, sum_nil, !A. unfold concave_weight, here, x.
    destruct (Rle_dec _ 1); [| lra]. destruct (Rle_dec _ 1); lra. }
  rewrite P. split; [lra |]. unfold density. rewrite !sum_cons, !sum_nil, !A, S.
  unfold concave_profile, here. repeat (destruct (Rle_dec _ 1); try lra).
Qed.
