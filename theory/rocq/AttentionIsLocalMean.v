(* attention-is-local-mean -- softmax attention is the local mean of the dot-product kernel, and how
   the Gaussian kernel of the same keys differs from it.

   Source: localization, the claim that attention is a local mean.
   Assumes: at least one key and a positive temperature; h^2 = tau for the Gaussian kernel.

   Proved: attention averages by exp (s/tau) (attention_is_local_mean); the Gaussian weights
   are attention's with the bias - |k|^2/2 (gaussian_is_attention, gaussian_mean), and attention's
   own where all keys are equally long (gaussian_equal_norms); squared lengths within S of one
   another move them by at most tanh (S/8 tau) in total variation (gaussian_near_attention), which
   two keys attain (gaussian_sharp), so that unequal lengths do move them (gaussian_unequal). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax Truncation SkipCertificate.
From Locality Require Import Dial Rounding GroupLasso GroupLassoAttention LocalMean.
Import ListNotations.
Open Scope R_scope.

Lemma attention_is_local_mean_bound_eq (score length tau lse : R) :
  attention_is_local_mean_bound score length tau lse = exp ((score - length ^ 2 / 2) / tau - lse).
Proof. unfold attention_is_local_mean_bound. f_equal. unfold Rdiv. ring. Qed.

Lemma attention_is_local_mean_variation_bound_eq (range tau : R) :
  tau <> 0 -> attention_is_local_mean_variation_bound range tau = tanh (range / (4 * tau) / 2).
Proof.
  intros T. unfold attention_is_local_mean_variation_bound. f_equal. field. exact T.
Qed.

Definition normalised {K} (keys : list K) (w : K -> R) (j : K) : R := w j / sum w keys.

Theorem attention_is_local_mean {K I} (keys : list K) (s : K -> R) (tau : R) (v : K -> I -> R) i :
  keys <> [] -> output keys s tau v i = local_mean keys (fun j => exp (s j / tau)) v i.
Proof. intros N. unfold output. now rewrite mean_total. Qed.

Section Kernels.
Context {K I : Type} (dims : list I) (keys : list K) (q : I -> R) (k : K -> I -> R) (tau : R).
Context (visible : keys <> []) (hot : 0 < tau).

Definition score (j : K) : R := dot dims q (k j).
Definition gaussian (j : K) : R := exp (- euclidean dims (fun i => q i - k j i) ^ 2 / (2 * tau)).
Definition biased (j : K) : R := score j - euclidean dims (k j) ^ 2 / 2.

Lemma polar j :
  euclidean dims (fun i => q i - k j i) ^ 2
  = euclidean dims q ^ 2 - 2 * score j + euclidean dims (k j) ^ 2.
Proof.
  unfold score, dot. rewrite !squared_norm, <- sum_scale, <- sum_minus, <- sum_plus.
  apply sum_ext. intros. ring.
Qed.

Lemma gaussian_weight j :
  gaussian j = exp (- (euclidean dims q ^ 2 / (2 * tau))) * weight biased tau j.
Proof.
  unfold gaussian, weight, biased. rewrite polar, <- exp_plus. f_equal. field. lra.
Qed.

Lemma gaussian_probability j : normalised keys gaussian j = probability keys biased tau j.
Proof.
  unfold normalised, probability, total_weight.
  rewrite (sum_ext gaussian _ keys (fun j _ => gaussian_weight j)), sum_scale, gaussian_weight.
  pose proof (total_weight_pos keys biased tau visible) as P. unfold total_weight in P.
  field. split; [lra | apply Rgt_not_eq, exp_pos].
Qed.

Theorem gaussian_is_attention j :
  normalised keys gaussian j
  = attention_is_local_mean_bound (score j) (euclidean dims (k j)) tau
      (ln (total_weight keys biased tau)).
Proof.
  pose proof (total_weight_pos keys biased tau visible).
  rewrite gaussian_probability, attention_is_local_mean_bound_eq.
  unfold Rminus at 1. rewrite exp_plus, exp_Ropp, exp_ln by assumption. reflexivity.
Qed.

Theorem gaussian_mean {L} (v : K -> L -> R) l :
  local_mean keys gaussian v l = output keys biased tau v l.
Proof.
  unfold local_mean, output, mean. rewrite <- sum_divide. apply sum_ext. intros j _.
  rewrite <- gaussian_probability. unfold normalised, Rdiv. ring.
Qed.

Theorem gaussian_equal_norms length :
  (forall j, In j keys -> euclidean dims (k j) = length) ->
  forall j, In j keys -> normalised keys gaussian j = probability keys score tau j.
Proof.
  intros E j J. rewrite gaussian_probability.
  apply (probability_shift keys _ _ tau (- (length ^ 2 / 2))); [| exact J].
  intros l L. unfold biased. rewrite (E l L). ring.
Qed.

Lemma centred (f : K -> R) S :
  (forall j l, In j keys -> In l keys -> f j - f l <= S) ->
  exists a, forall j, In j keys -> Rabs (f j - a) <= S / 2.
Proof.
  intros B. destruct (least keys f visible) as [low [L A]].
  destruct (least keys (fun j => - f j) visible) as [high [H T]].
  exists ((f low + f high) / 2). intros j J.
  specialize (A j J). specialize (T j J). pose proof (B high low H L). apply Rabs_le. lra.
Qed.

Theorem gaussian_near_attention S :
  (forall j l, In j keys -> In l keys ->
     euclidean dims (k j) ^ 2 - euclidean dims (k l) ^ 2 <= S) ->
  total_variation keys (probability keys score tau) (normalised keys gaussian)
  <= attention_is_local_mean_variation_bound S tau.
Proof.
  intros B. rewrite attention_is_local_mean_variation_bound_eq by lra. rewrite <- rounding_bound_eq.
  destruct (centred (fun j => euclidean dims (k j) ^ 2) S B) as [a A].
  set (moved := fun j => biased j + a / 2).
  replace (total_variation keys (probability keys score tau) (normalised keys gaussian))
    with (total_variation keys (probability keys score tau) (probability keys moved tau)).
  - apply attention_moves; [exact visible |]. intros j J. specialize (A j J).
    replace (moved j / tau - score j / tau) with (- (euclidean dims (k j) ^ 2 - a) * / (2 * tau))
      by (unfold moved, biased; field; lra).
    assert (P : 0 < / (2 * tau)) by (apply Rinv_0_lt_compat; lra).
    rewrite Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ (2 * tau))) by lra.
    replace (S / (4 * tau)) with (S / 2 * / (2 * tau)) by (field; lra).
    apply Rmult_le_compat_r; lra.
  - unfold total_variation. f_equal. apply sum_ext. intros j J. f_equal. f_equal.
    rewrite gaussian_probability.
    apply (probability_shift keys _ _ tau (a / 2)); [reflexivity | exact J].
Qed.
End Kernels.

(* ---- two keys on a line, one of them 0, and a query a quarter of the way to the other ---- *)

Definition on_a_line (S : R) (j : bool) (_ : unit) : R := if j then sqrt S else 0.
Definition quarter (S : R) (_ : unit) : R := sqrt S / 4.

Lemma leaning_at (s : bool -> R) (tau t : R) :
  s true / tau = t -> s false / tau = 0 ->
  forall j, probability [true; false] s tau j = probability [true; false] (leaning t) 1 j.
Proof.
  intros A B j. unfold probability, total_weight.
  assert (W : forall l, weight s tau l = weight (leaning t) 1 l).
  { intros [|]; unfold weight; [rewrite A | rewrite B]; unfold leaning; f_equal; field. }
  rewrite W. f_equal. apply sum_ext. intros. apply W.
Qed.

Theorem gaussian_sharp (S tau : R) :
  0 <= S -> 0 < tau ->
  let keys := [true; false] in
  exists (q : unit -> R) (k : bool -> unit -> R),
    (forall j l, In j keys -> In l keys ->
       euclidean [tt] (k j) ^ 2 - euclidean [tt] (k l) ^ 2 <= S) /\
    total_variation keys (probability keys (score [tt] q k) tau)
      (normalised keys (gaussian [tt] q k tau))
    = attention_is_local_mean_variation_bound S tau.
Proof.
  intros P T keys. exists (quarter S), (on_a_line S).
  assert (L : forall j, euclidean [tt] (on_a_line S j) ^ 2 = if j then S else 0).
  { intros j. rewrite euclidean_single, <- Rsqr_pow2, <- Rsqr_abs. unfold on_a_line.
    destruct j; [now apply Rsqr_sqrt | unfold Rsqr; ring]. }
  assert (D : forall j, score [tt] (quarter S) (on_a_line S) j = if j then S / 4 else 0).
  { intros j. unfold score, dot. rewrite sum_cons, sum_nil. unfold quarter, on_a_line.
    destruct j; [| ring]. replace S with (sqrt S * sqrt S) at 3 by now apply sqrt_sqrt. field. }
  split.
  - intros j l _ _. rewrite !L. destruct j, l; lra.
  - set (t := S / (4 * tau)).
    assert (T0 : 0 <= t) by (apply Rmult_le_pos; [lra |]; left; apply Rinv_0_lt_compat; lra).
    rewrite attention_is_local_mean_variation_bound_eq, tanh_by_sigmoid by (lra || assumption).
    fold t. rewrite <- leaning_variation by lra. rewrite total_variation_sym.
    unfold total_variation. f_equal. apply sum_ext. intros j _. f_equal. f_equal.
    + rewrite gaussian_probability by (discriminate || assumption). apply leaning_at;
        unfold biased; rewrite D, L; unfold t; field; lra.
    + apply leaning_at; rewrite D; unfold t; field; lra.
Qed.

(* so keys of unequal length weigh otherwise under the two kernels *)
Theorem gaussian_unequal (S tau : R) :
  0 < S -> 0 < tau ->
  let keys := [true; false] in
  exists (q : unit -> R) (k : bool -> unit -> R),
    (forall j l, In j keys -> In l keys ->
       euclidean [tt] (k j) ^ 2 - euclidean [tt] (k l) ^ 2 <= S) /\
    total_variation keys (probability keys (score [tt] q k) tau)
      (normalised keys (gaussian [tt] q k tau)) > 0.
Proof.
  intros P T keys. destruct (gaussian_sharp S tau ltac:(lra) T) as (q & k & L & E).
  exists q, k. split; [exact L |]. fold keys in E. rewrite E.
  rewrite attention_is_local_mean_variation_bound_eq by lra.
  pose proof (tanh_half_increasing 0 (S / (4 * tau))) as H.
  rewrite (tanh_by_sigmoid 0), Ropp_0, Rminus_diag_eq in H by (reflexivity || lra).
  apply H. split; [lra |]. apply Rdiv_lt_0_compat; lra.
Qed.
