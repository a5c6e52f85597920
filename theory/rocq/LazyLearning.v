(* lazy-learning -- nearest neighbours as a local mean, and as the limit of cold attention.

   Source: localization, nearest neighbours as local means.
   Assumes: tau > 0; the nearest keys and the others are not empty; the nearest keys score alike and
   at least Delta more than every other; D bounds the distance between the value of a nearest key and
   that of any other.

   Proved: attention is within sigmoid (ln (c/m) - Delta/tau) * D of the plain mean of the nearest
   values (cold_le_bound), exactly so far for two-level scores and two values (cold_two_values), so
   it tends to that mean as tau falls to 0 if Delta > 0 (cold_limit); the kernel that is 1 up to the
   distance of the k-th nearest key averages the k nearest keys and those that tie with the last
   (indicator_mean); two keys that tie are averaged at every temperature (tie_averages). *)
Require Import Reals Lra List Bool Arith Lia.
From Locality Require Import Functions Bounds Softmax Leakage Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma lazy_learning_bound_eq (m c x diameter : R) :
  lazy_learning_bound m c x diameter = leakage_bound m c x * diameter.
Proof.
  unfold lazy_learning_bound, leakage_bound. rearrange (ln (c / m) - x). ring.
Qed.

Definition plain_mean {K} (v : K -> R) (keys : list K) : R := sum v keys / size keys.

(* attention to keys that tie is their plain mean *)
Lemma mean_tied {K} (keys : list K) s tau (v : K -> R) :
  keys <> [] -> (forall j k, In j keys -> In k keys -> s j = s k) ->
  mean keys s tau v = plain_mean v keys.
Proof.
  intros N T. assert (exists j, In j keys) as [j J]
    by (destruct keys as [| j l]; [congruence | exists j; apply in_eq]).
  pose proof (size_pos _ N). rewrite mean_total by assumption. unfold total_weight, plain_mean.
  rewrite (sum_ext (fun k => weight s tau k * v k) (fun k => weight s tau j * v k)).
  - rewrite sum_scale, (sum_const_on (weight s tau j) (weight s tau)).
    + pose proof (weight_pos s tau j). field. lra.
    + intros k I. unfold weight. now rewrite (T k j).
  - intros k I. unfold weight. now rewrite (T k j).
Qed.

Lemma term_le_sum {K} (f : K -> R) keys k :
  In k keys -> (forall j, In j keys -> 0 <= f j) -> f k <= sum f keys.
Proof.
  intros J F. induction keys as [| j l IH]; [easy |]. rewrite sum_cons.
  assert (0 <= sum f l) by (apply sum_nonneg; intros; apply F; now right).
  pose proof (F j (in_eq j l)). destruct J as [-> | J]; [lra |].
  assert (f k <= sum f l) by (apply IH; [exact J | intros; apply F; now right]). lra.
Qed.

Section Cold.
Context {K I : Type} (N : (I -> R) -> R) (keys : list K) (P : K -> bool) (s : K -> R).
Context (v : K -> I -> R).
Context (norm : seminorm N) (block : inside P keys <> []) (rest : outside P keys <> []).
Context (tied : forall j k, In j keys -> P j = true -> In k keys -> P k = true -> s j = s k).

Let m := size (inside P keys).
Let c := size (outside P keys).
Let error tau (i : I) : R := output keys s tau v i - plain_mean (fun k => v k i) (inside P keys).

Lemma error_eq tau :
  N (error tau) = N (fun i => output keys s tau v i - output (inside P keys) s tau v i).
Proof.
  apply (seminorm_ext N norm). intros i. unfold error, output. rewrite (mean_tied (inside P keys));
    [reflexivity | assumption |].
  intros j k J H. apply in_inside in J, H. apply tied; tauto.
Qed.

Lemma seminorm_nonneg u : 0 <= N u.
Proof.
  pose proof (seminorm_plus N norm u (fun i => -1 * u i)) as T.
  rewrite (seminorm_scale N norm), (Rabs_left (-1)) in T by lra.
  rewrite (seminorm_ext N norm _ (fun i => 0 * u i)) in T by (intros; ring).
  rewrite (seminorm_scale N norm), Rabs_R0 in T. lra.
Qed.

Section Bound.
Context (tau Delta D : R) (positive : 0 < tau) (lead : margin keys P s Delta).
Context (near : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
  N (fun i => v k i - v j i) <= D).

Theorem cold_le_bound : N (error tau) <= lazy_learning_bound m c (Delta / tau) D.
Proof.
  rewrite error_eq, lazy_learning_bound_eq.
  eapply Rle_trans; [now apply (truncation_le_bound N keys P s tau v norm block rest D) |].
  rewrite truncation_bound_eq. apply Rmult_le_compat_r.
  - destruct (inside P keys) as [| j l] eqn:J; [congruence |].
    destruct (outside P keys) as [| k l'] eqn:L; [congruence |].
    assert (A : In j keys /\ P j = true) by (apply in_inside; rewrite J; apply in_eq).
    assert (B : In k keys /\ P k = false) by (apply in_outside; rewrite L; apply in_eq).
    eapply Rle_trans; [apply seminorm_nonneg | apply (near j k); tauto].
  - now apply leakage_le_bound.
Qed.
End Bound.

Theorem cold_two_values tau Delta (a b : I -> R) :
  0 < tau -> two_level keys P s Delta ->
  (forall j, In j keys -> P j = true -> forall i, v j i = a i) ->
  (forall k, In k keys -> P k = false -> forall i, v k i = b i) ->
  N (error tau) = lazy_learning_bound m c (Delta / tau) (N (fun i => b i - a i)).
Proof.
  intros T W A B. rewrite error_eq, lazy_learning_bound_eq.
  rewrite (truncation_two_values N keys P s tau v norm block rest a b A B), truncation_bound_eq.
  f_equal. apply leakage_eq_bound_iff; auto using two_level_margin.
Qed.

Theorem cold_limit Delta :
  0 < Delta -> margin keys P s Delta ->
  forall eps, 0 < eps -> exists t0, 0 < t0 /\ forall tau, 0 < tau < t0 -> N (error tau) < eps.
Proof.
  intros L M eps E.
  set (D := sum (fun j => sum (fun k => N (fun i => v k i - v j i)) keys) keys).
  assert (B : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     N (fun i => v k i - v j i) <= D).
  { intros j k J _ Q _. eapply Rle_trans;
      [apply (term_le_sum (fun k => N (fun i => v k i - v j i)) keys k) |
       apply (term_le_sum (fun j => sum (fun k => N (fun i => v k i - v j i)) keys) keys j)];
      try assumption; intros; try apply sum_nonneg; intros; apply seminorm_nonneg. }
  pose proof (size_pos _ block : 0 < m). pose proof (size_pos _ rest : 0 < c).
  (* the bound is at most (c/m) D e^-x <= (c/m) D / x, below eps once tau is small enough *)
  set (A := c / m * (Rabs D + 1)).
  assert (Q : 0 < c / m) by now apply Rdiv_lt_0_compat.
  assert (0 < A) by (unfold A; pose proof (Rabs_pos D); nra).
  exists (eps * Delta / A). split; [apply Rdiv_lt_0_compat; nra |]. intros tau [T S].
  eapply Rle_lt_trans; [now apply (cold_le_bound tau Delta D) |].
  rewrite lazy_learning_bound_eq. set (x := Delta / tau).
  assert (X : 0 < x) by now apply Rdiv_lt_0_compat.
  destruct (leakage_bound_odds m c x) as [U ->]; auto. set (u := c / m * exp (- x)) in *.
  assert (u <= c / m / x).
  { unfold u, Rdiv at 2. apply Rmult_le_compat_l; [lra |]. rewrite exp_Ropp.
    apply Rinv_le_contravar; [exact X |]. pose proof (exp_above_tangent x). lra. }
  assert (u / (1 + u) <= u).
  { apply Rmult_le_reg_r with (1 + u); [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; nra. }
  assert (0 < u / (1 + u)) by (apply Rdiv_lt_0_compat; lra).
  assert (A / x < eps).
  { apply Rmult_lt_reg_r with (x / eps * tau); [apply Rmult_lt_0_compat; [now apply
      Rdiv_lt_0_compat | exact T] |].
    replace (A / x * (x / eps * tau)) with (tau * A / eps) by (field; lra).
    replace (eps * (x / eps * tau)) with Delta by (unfold x; field; lra).
    apply Rmult_lt_reg_r with (eps / A); [now apply Rdiv_lt_0_compat |].
    replace (tau * A / eps * (eps / A)) with tau by (field; lra).
    replace (Delta * (eps / A)) with (eps * Delta / A) by (field; lra). exact S. }
  apply Rle_lt_trans with (u * (Rabs D + 1)).
  - pose proof (Rle_abs D). pose proof (Rabs_pos D).
    apply Rle_trans with (u / (1 + u) * (Rabs D + 1)).
    + apply Rmult_le_compat_l; lra.
    + apply Rmult_le_compat_r; lra.
  - apply Rle_lt_trans with (A / x); [| assumption]. unfold A. pose proof (Rabs_pos D).
    replace (c / m * (Rabs D + 1) / x) with (c / m / x * (Rabs D + 1)) by (field; lra).
    apply Rmult_le_compat_r; lra.
Qed.
End Cold.

(* ---- k nearest neighbours ---- *)

Definition within (d : R) (h : R) : bool := if Rle_dec d h then true else false.
Definition nearer (d : R) (h : R) : bool := if Rlt_dec d h then true else false.

Definition at_distance (d : R) (h : R) : bool := if Req_EM_T d h then true else false.

Lemma within_split {K} (keys : list K) (d : K -> R) (h : R) :
  length (filter (fun j => within (d j) h) keys)
  = (length (filter (fun j => nearer (d j) h) keys)
     + length (filter (fun j => at_distance (d j) h) keys))%nat.
Proof.
  induction keys as [| j l IH]; [reflexivity |]. cbn [filter]. unfold within, nearer, at_distance in *.
  destruct (Rle_dec (d j) h), (Rlt_dec (d j) h), (Req_EM_T (d j) h); cbn [length]; lra || lia.
Qed.

(* the local mean of the kernel that is 1 on distances up to h *)
Definition indicator_local_mean {K} (keys : list K) (d : K -> R) (h : R) (v : K -> R) : R :=
  let kernel k := if within (d k) h then 1 else 0 in
  sum (fun k => kernel k * v k) keys / sum kernel keys.

Theorem indicator_mean {K} (keys : list K) (d : K -> R) (h : R) (k : nat) :
  let found := filter (fun j => within (d j) h) keys in
  (length (filter (fun j => nearer (d j) h) keys) < k <= length found)%nat ->
  (forall v, indicator_local_mean keys d h v = plain_mean v found) /\
  (forall i j, In i found -> In j keys -> ~ In j found -> d i < d j) /\
  (length (filter (fun j => at_distance (d j) h) keys) <= 1 -> length found = k)%nat.
Proof.
  intros found [L M]. split; [| split].
  - intros v. unfold indicator_local_mean, plain_mean, found, size. f_equal.
    + clear. induction keys as [| j l IH]; [reflexivity |]. cbn [filter].
      rewrite sum_cons, IH. destruct (within (d j) h); rewrite ?sum_cons; ring.
    + clear. induction keys as [| j l IH]; [reflexivity |]. cbn [filter].
      rewrite sum_cons, IH. destruct (within (d j) h); cbn [length]; rewrite ?S_INR; ring.
  - intros i j Fi J Nj. apply filter_In in Fi. destruct Fi as [_ Wi].
    assert (Wj : within (d j) h = false).
    { destruct (within (d j) h) eqn:W; [| reflexivity]. elim Nj. now apply filter_In. }
    unfold within in Wi, Wj. destruct (Rle_dec (d i) h); [| discriminate].
    destruct (Rle_dec (d j) h); [discriminate |]. lra.
  - intros T. pose proof (within_split keys d h). unfold found in *. lia.
Qed.

(* two keys that tie are averaged at every temperature *)
Theorem tie_averages (tau : R) :
  mean [true; false] (fun _ => 0) tau (fun k => if k then 1 else 0) = / 2.
Proof.
  rewrite mean_tied by (try discriminate; auto). unfold plain_mean, sum, size. simpl. field.
Qed.
