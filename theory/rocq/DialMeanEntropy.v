(* dial-mean-entropy -- where the mean entropy of several queries must rise and where it must fall.

   Source: localist, one locality dial for a whole layer.
   Assumes: a nonempty list of queries, each with its own visible keys, scores, relevant block and
   temperature; every temperature is positive, every block and every rest is not empty. One dial.

   Proved: the mean entropy rises strictly up to the least turning point (mean_entropy_rises) and falls
   strictly from the greatest one on (mean_entropy_falls); the greatest turning point is the least dial
   from which every query's entropy falls (every_entropy_falls_iff); margins cover it: each turning
   point is at most minus the margin, which for inner-product scores is at most the norm of the query
   times the diameter of the keys (inner_product_margin, attained_margin_cover,
   mean_entropy_falls_from_cover); between the turning points the mean need not be unimodal: two
   queries of two keys with turning points 5 and 20 (mean_entropy_not_unimodal). *)
Require Import Reals Lra List.
From Locality Require Import Functions Softmax Truncation Dial DialEntropy.
Import ListNotations.
Open Scope R_scope.

Record query (K : Type) := Query {
  visible : list K;
  score : K -> R;
  relevant : K -> bool;
  temperature : R
}.
Arguments Query {K}.
Arguments visible {K}.
Arguments score {K}.
Arguments relevant {K}.
Arguments temperature {K}.

Definition proper {K} (q : query K) : Prop :=
  inside (relevant q) (visible q) <> [] /\ outside (relevant q) (visible q) <> [] /\ 0 < temperature q.
Definition query_entropy {K} (lambda : R) (q : query K) : R :=
  dialled_entropy (visible q) (relevant q) (score q) (temperature q) lambda.
Definition query_turning_point {K} (q : query K) : R :=
  turning_point (visible q) (relevant q) (score q) (temperature q).
Definition query_margin {K} (q : query K) (Delta : R) : Prop :=
  margin (visible q) (relevant q) (score q) Delta.
Definition mean_entropy {K} (queries : list (query K)) (lambda : R) : R :=
  sum (query_entropy lambda) queries / size queries.

(* ---- all rise, all fall ---- *)

Lemma mean_lt_termwise {K} (queries : list (query K)) lambda lambda' :
  queries <> [] ->
  (forall q, In q queries -> query_entropy lambda q < query_entropy lambda' q) ->
  mean_entropy queries lambda < mean_entropy queries lambda'.
Proof.
  intros N L. apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat; now apply size_pos |].
  enough (0 < sum (fun q => query_entropy lambda' q - query_entropy lambda q) queries) as S
    by (rewrite sum_minus in S; lra).
  apply sum_pos; [assumption |]. intros q I. specialize (L q I). lra.
Qed.

Theorem mean_entropy_rises {K} (queries : list (query K)) lambda lambda' :
  queries <> [] -> (forall q, In q queries -> proper q) ->
  lambda < lambda' -> (forall q, In q queries -> lambda' <= query_turning_point q) ->
  mean_entropy queries lambda < mean_entropy queries lambda'.
Proof.
  intros N Q L T. apply mean_lt_termwise; [assumption |]. intros q I.
  destruct (Q q I) as (NR & NC & B). apply dial_entropy_rises; auto. split; [lra | now apply T].
Qed.

Theorem mean_entropy_falls {K} (queries : list (query K)) lambda lambda' :
  queries <> [] -> (forall q, In q queries -> proper q) ->
  lambda < lambda' -> (forall q, In q queries -> query_turning_point q <= lambda) ->
  mean_entropy queries lambda' < mean_entropy queries lambda.
Proof.
  intros N Q L T. apply mean_lt_termwise; [assumption |]. intros q I.
  destruct (Q q I) as (NR & NC & B). apply dial_entropy_falls; auto. split; [now apply T | lra].
Qed.

Theorem every_entropy_falls_iff {K} (queries : list (query K)) start :
  (forall q, In q queries -> proper q) ->
  (forall q, In q queries -> forall lambda lambda', start <= lambda < lambda' ->
     query_entropy lambda' q < query_entropy lambda q)
  <-> (forall q, In q queries -> query_turning_point q <= start).
Proof.
  intros Q. split; intros H q I; destruct (Q q I) as (NR & NC & B).
  - destruct (Rle_or_lt (query_turning_point q) start) as [| L]; [assumption | exfalso].
    assert (U : query_entropy start q < query_entropy (query_turning_point q) q)
      by (apply dial_entropy_rises; auto; split; [exact L | apply Rle_refl]).
    specialize (H q I start (query_turning_point q)). lra.
  - intros lambda lambda' L. specialize (H q I). unfold query_turning_point in H.
    apply dial_entropy_falls; auto. lra.
Qed.

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

Theorem query_turning_point_le {K} (q : query K) Delta :
  proper q -> query_margin q Delta -> query_turning_point q <= - Delta.
Proof. intros (NR & NC & _). now apply turning_point_le. Qed.

Theorem mean_entropy_falls_from_cover {K} (queries : list (query K)) start lambda lambda' :
  queries <> [] -> (forall q, In q queries -> proper q) ->
  (forall q, In q queries -> exists Delta, query_margin q Delta /\ - Delta <= start) ->
  start <= lambda < lambda' ->
  mean_entropy queries lambda' < mean_entropy queries lambda.
Proof.
  intros N Q C L. apply mean_entropy_falls; auto; [lra |]. intros q I.
  destruct (C q I) as (Delta & M & B). pose proof (query_turning_point_le q Delta (Q q I) M). lra.
Qed.

(* ---- in between anything may happen ---- *)

(* entropy of two keys whose scores differ by t *)
Definition pair_entropy (t : R) : R := ln (1 + exp t) - t * sigmoid t.

Definition pair_query (t : R) : query bool :=
  Query [true; false] (fun k => if k then 0 else t) (fun k => k) 1.

Lemma pair_query_proper (t : R) : proper (pair_query t).
Proof. unfold proper, pair_query; simpl. repeat split; (discriminate || lra). Qed.

Lemma pair_query_turning_point (t : R) : query_turning_point (pair_query t) = t.
Proof.
  unfold query_turning_point, turning_point, pair_query, mean, probability, total_weight, weight, sum.
  simpl. rewrite !Rplus_0_r. pose proof (exp_pos (t / 1)). pose proof (exp_pos (0 / 1)). field. lra.
Qed.

Lemma pair_query_entropy (t lambda : R) :
  query_entropy lambda (pair_query t) = pair_entropy (t - lambda).
Proof.
  unfold query_entropy, dialled_entropy. rewrite attention_entropy_eq, mean_total by discriminate.
  unfold pair_query, total_weight, weight, sum, pair_entropy. rewrite sigmoid_odds. unfold odds.
  simpl. unfold dialled. rewrite !Rplus_0_r. replace (0 / 1) with 0 by field. rewrite exp_0.
  replace ((t - lambda) / 1) with (t - lambda) by field. pose proof (exp_pos (t - lambda)). field. lra.
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
  let queries := [pair_query 5; pair_query 20] in
  mean_entropy queries (25 / 2) < mean_entropy queries 5 /\
  mean_entropy queries (25 / 2) < mean_entropy queries 20.
Proof.
  intros queries. unfold mean_entropy, queries. rewrite !sum_cons, !sum_nil, !pair_query_entropy.
  assert (Z : 0 < / size [pair_query 5; pair_query 20])
    by (apply Rinv_0_lt_compat, size_pos; discriminate).
  replace (5 - 25 / 2) with (- (15 / 2)) by field. replace (20 - 25 / 2) with (- - (15 / 2)) by field.
  replace (5 - 5) with 0 by ring. replace (20 - 20) with 0 by ring.
  replace (20 - 5) with (- - (15)) by ring. replace (5 - 20) with (- (15)) by ring.
  rewrite !(pair_entropy_opp (- _)). pose proof pair_entropy_small.
  pose proof (pair_entropy_pos (- (15))).
  assert (E : pair_entropy 0 = ln 2)
    by (unfold pair_entropy; rewrite exp_0; replace (1 + 1) with 2 by ring; ring).
  pose proof ln_lt_2. rewrite E. split; apply Rmult_lt_compat_r; lra.
Qed.
