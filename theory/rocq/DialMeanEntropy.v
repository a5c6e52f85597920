(* dial-mean-entropy -- where the mean entropy of several queries must rise and where it must fall.

   Source: aila, mean attention entropy as it answers to the locality dial.
   Assumes: a nonempty list of queries, each with its own visible keys, scores, relevant block and
   temperature; every temperature is positive, every block and every rest is not empty. One dial.

   Proved: the mean entropy rises strictly up to the least turning point (mean_entropy_rises) and falls
   strictly from the greatest one on (mean_entropy_falls); the greatest turning point is the least dial
   from which every query's entropy falls (every_entropy_falls_iff); minus the margins cover it
   (mean_entropy_falls_from_cover), and for inner-product scores they are at most the norm of the query
   times the diameter of the keys (inner_product_margin, attained_margin_cover); between the turning points the mean need not be unimodal: two
   queries of two keys with turning points 5 and 20 (mean_entropy_not_unimodal). *)
Require Import Reals Lra List.
From Locality Require Import Functions Softmax Truncation Dial DialEntropy.
Import ListNotations.
Open Scope R_scope.

(* ---- all rise, all fall ---- *)

(* the mean over a list of queries q, each with keys q, relevant block P q, scores s q, temperature
   tau q, under one dial *)
Definition mean_entropy {Q K} (queries : list Q) (keys : Q -> list K) (P : Q -> K -> bool)
    (s : Q -> K -> R) (tau : Q -> R) (lambda : R) : R :=
  sum (fun q => dialled_entropy (keys q) (P q) (s q) (tau q) lambda) queries / size queries.

Lemma average_lt {Q} (f g : Q -> R) queries :
  queries <> [] -> (forall q, In q queries -> f q < g q) ->
  sum f queries / size queries < sum g queries / size queries.
Proof.
  intros N L. apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; now apply size_pos |].
  enough (0 < sum (fun q => g q - f q) queries) as S by (rewrite sum_minus in S; lra).
  apply sum_pos; [assumption |]. intros q I. specialize (L q I). lra.
Qed.

Section Queries.
Context {Q K : Type} (queries : list Q).
Context (keys : Q -> list K) (P : Q -> K -> bool) (s : Q -> K -> R) (tau : Q -> R).
Context (some : queries <> []).
Context (block : forall q, In q queries -> inside (P q) (keys q) <> []).
Context (rest : forall q, In q queries -> outside (P q) (keys q) <> []).
Context (positive : forall q, In q queries -> 0 < tau q).

Let entropy_at (lambda : R) (q : Q) : R := dialled_entropy (keys q) (P q) (s q) (tau q) lambda.
Let turn (q : Q) : R := turning_point (keys q) (P q) (s q) (tau q).

Theorem mean_entropy_rises lambda lambda' :
  lambda < lambda' -> (forall q, In q queries -> lambda' <= turn q) ->
  mean_entropy queries keys P s tau lambda < mean_entropy queries keys P s tau lambda'.
Proof using some block rest positive.
  intros L T. apply average_lt; [assumption |]. intros q I.
  apply dial_entropy_rises; auto. split; [assumption | now apply T].
Qed.

Theorem mean_entropy_falls lambda lambda' :
  lambda < lambda' -> (forall q, In q queries -> turn q <= lambda) ->
  mean_entropy queries keys P s tau lambda' < mean_entropy queries keys P s tau lambda.
Proof using some block rest positive.
  intros L T. apply average_lt; [assumption |]. intros q I.
  apply dial_entropy_falls; auto. split; [now apply T | assumption].
Qed.

Theorem every_entropy_falls_iff start :
  (forall q, In q queries -> forall lambda lambda', start <= lambda < lambda' ->
     entropy_at lambda' q < entropy_at lambda q)
  <-> (forall q, In q queries -> turn q <= start).
Proof using block rest positive.
  split; intros H q I.
  - destruct (Rle_or_lt (turn q) start) as [| L]; [assumption | exfalso].
    assert (U : entropy_at start q < entropy_at (turn q) q)
      by (apply dial_entropy_rises; auto; split; [exact L | apply Rle_refl]).
    specialize (H q I start (turn q)). lra.
  - intros lambda lambda' L. specialize (H q I). unfold turn in H.
    apply dial_entropy_falls; auto. lra.
Qed.

(* margins cover the turning points *)
Theorem mean_entropy_falls_from_cover (Delta : Q -> R) start lambda lambda' :
  (forall q, In q queries -> margin (keys q) (P q) (s q) (Delta q)) ->
  (forall q, In q queries -> - Delta q <= start) -> start <= lambda < lambda' ->
  mean_entropy queries keys P s tau lambda' < mean_entropy queries keys P s tau lambda.
Proof using some block rest positive.
  intros M C L. apply mean_entropy_falls; [lra |]. intros q I. specialize (C q I).
  pose proof (turning_point_le (keys q) (P q) (s q) (tau q) (Delta q) (block q I) (rest q I) (M q I)).
  unfold turn. lra.
Qed.

End Queries.

(* ---- a cover that can be computed ---- *)

(* scores: the inner product of the query's vector u with the key's vector, coordinates over dims *)
Definition inner_product {I K} (dims : list I) (u : I -> R) (vector : K -> I -> R) (k : K) : R :=
  sum (fun i => u i * vector k i) dims.
Definition diameter_le {I K} (dims : list I) (keys : list K) (vector : K -> I -> R) (D : R) : Prop :=
  forall j k, In j keys -> In k keys -> euclidean dims (fun i => vector j i - vector k i) <= D.

Lemma inner_product_difference {I K} (dims : list I) u (vector : K -> I -> R) keys D j k :
  diameter_le dims keys vector D -> In j keys -> In k keys ->
  inner_product dims u vector k - inner_product dims u vector j <= euclidean dims u * D.
Proof.
  intros B J H. unfold inner_product. rewrite <- sum_minus.
  rewrite (sum_ext _ (fun i => u i * (vector k i - vector j i))) by (intros; ring).
  eapply Rle_trans; [apply cauchy_schwarz |].
  apply Rmult_le_compat_l; [apply sqrt_pos | now apply B].
Qed.

(* minus norm times diameter is a margin, whatever block is relevant *)
Theorem inner_product_margin {I K} (dims : list I) u (vector : K -> I -> R) keys P D :
  diameter_le dims keys vector D ->
  margin keys P (inner_product dims u vector) (- (euclidean dims u * D)).
Proof.
  intros B j k J _ H _. pose proof (inner_product_difference dims u vector keys D j k B J H). lra.
Qed.

(* the exact margin, which some pair attains, covers at least as well *)
Theorem attained_margin_cover {I K} (dims : list I) u (vector : K -> I -> R) keys D j k Delta :
  diameter_le dims keys vector D -> In j keys -> In k keys ->
  inner_product dims u vector j - inner_product dims u vector k = Delta ->
  - Delta <= euclidean dims u * D.
Proof.
  intros B J H <-. pose proof (inner_product_difference dims u vector keys D j k B J H). lra.
Qed.

(* ---- in between anything may happen ---- *)

(* entropy of two keys whose scores differ by t *)
Definition pair_entropy (t : R) : R := ln (1 + exp t) - t * sigmoid t.

(* a relevant key of score 0 and another one of score t *)
Definition pair_score (t : R) (relevant : bool) : R := if relevant then 0 else t.

Lemma pair_turning_point (t : R) : turning_point [true; false] (fun k => k) (pair_score t) 1 = t.
Proof.
  unfold turning_point, mean, probability, total_weight, weight, sum. simpl. rewrite !Rplus_0_r.
  pose proof (exp_pos (t / 1)). pose proof (exp_pos (0 / 1)). field. lra.
Qed.

Lemma pair_entropy_eq (t lambda : R) :
  dialled_entropy [true; false] (fun k => k) (pair_score t) 1 lambda = pair_entropy (t - lambda).
Proof.
  unfold dialled_entropy. rewrite attention_entropy_eq, mean_total by discriminate.
  unfold total_weight, weight, sum, pair_entropy. rewrite sigmoid_odds. unfold odds.
  simpl. unfold dialled. simpl. rewrite !Rplus_0_r. replace (0 / 1) with 0 by field.
  rewrite exp_0. replace ((t - lambda) / 1) with (t - lambda) by field.
  pose proof (exp_pos (t - lambda)). field. lra.
Qed.

Lemma pair_entropy_opp (t : R) : pair_entropy (- t) = pair_entropy t.
Proof.
  unfold pair_entropy. rewrite sigmoid_opp.
  replace (1 + exp (- t)) with (exp (- t) * (1 + exp t))
    by (rewrite exp_Ropp; pose proof (exp_pos t); field; lra).
  pose proof (exp_pos t). rewrite ln_mult, ln_exp by (apply exp_pos || lra). ring.
Qed.

Lemma pair_entropy_pos (t : R) : t <= 0 -> 0 < pair_entropy t.
Proof.
  intros T. unfold pair_entropy. pose proof (sigmoid_between t). pose proof (softplus_pos t) as S.
  unfold softplus in S. nra.
Qed.

Lemma pair_entropy_le (t : R) : 0 <= t -> pair_entropy (- t) <= (1 + t) * exp (- t).
Proof.
  intros T. unfold pair_entropy. rewrite sigmoid_odds. unfold odds. pose proof (exp_pos (- t)).
  set (u := exp (- t)) in *. pose proof (ln_below_tangent (1 + u)).
  enough (t * (u / (1 + u)) <= t * u) by lra. apply Rmult_le_compat_l; [assumption |].
  apply Rmult_le_reg_r with (1 + u); [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

Lemma pair_entropy_small : pair_entropy (- (15 / 2)) < 1 / 8.
Proof.
  apply Rle_lt_trans with ((1 + 15 / 2) * exp (- (15 / 2))); [apply pair_entropy_le; lra |].
  pose proof (exp_above_tangent (3 / 2)) as E. rewrite exp_Ropp.
  replace (15 / 2) with (3 / 2 + (3 / 2 + (3 / 2 + (3 / 2 + 3 / 2)))) at 2 by field. rewrite !exp_plus.
  set (e := exp (3 / 2)) in *. assert (L : 5 / 2 <= e) by lra.
  assert (E2 : 6 <= e * e) by nra. assert (E4 : 36 <= e * (e * (e * e))) by nra.
  assert (E5 : 90 <= e * (e * (e * (e * e)))) by nra.
  apply Rmult_lt_reg_r with (e * (e * (e * (e * e)))); [lra |].
  rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Theorem mean_entropy_not_unimodal :
  let turn t := turning_point [true; false] (fun k => k) (pair_score t) 1 in
  let mean := mean_entropy [5; 20] (fun _ => [true; false]) (fun _ k => k) pair_score (fun _ => 1) in
  turn 5 = 5 /\ turn 20 = 20 /\ mean (25 / 2) < mean 5 /\ mean (25 / 2) < mean 20.
Proof.
  intros turn mean. unfold turn, mean, mean_entropy. rewrite !pair_turning_point.
  rewrite !sum_cons, !sum_nil, !pair_entropy_eq. split; [| split]; try reflexivity.
  assert (Z : 0 < / size [5; 20]) by (apply Rinv_0_lt_compat, size_pos; discriminate).
  replace (5 - 25 / 2) with (- (15 / 2)) by field. replace (20 - 25 / 2) with (- - (15 / 2)) by field.
  replace (5 - 5) with 0 by ring. replace (20 - 20) with 0 by ring.
  replace (20 - 5) with (- - (15)) by ring. replace (5 - 20) with (- (15)) by ring.
  rewrite !(pair_entropy_opp (- _)). pose proof pair_entropy_small.
  pose proof (pair_entropy_pos (- (15))). pose proof ln_lt_2.
  assert (E : pair_entropy 0 = ln 2)
    by (unfold pair_entropy; rewrite exp_0; replace (1 + 1) with 2 by ring; ring).
  rewrite E. split; apply Rmult_lt_compat_r; lra.
Qed.
