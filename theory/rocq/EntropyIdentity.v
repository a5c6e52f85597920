(* entropy-identity -- one pass with the keys among its values gives the entropy.

   Source: flash, fused attention that keeps the logarithm of its normaliser.
   Assumes: a visible key; keys and biases as they are scored. No sign of tau is needed.

   Proved: H = lse - (<q, mean key> + mean bias) / tau (entropy_from_pass); the mean of inner
   products is the inner product with the mean (mean_product); the same pass over keys less a
   reference key (entropy_from_reference); without the mean of the bias it is wrong
   (entropy_without_bias_fails). *)
Require Import Reals Lra List.
From Locality Require Import Bounds Softmax FidelityIdentity.
Import ListNotations.
Open Scope R_scope.

Lemma entropy_identity_bound_eq (lse mean_product mean_bias tau : R) :
  entropy_identity_bound lse mean_product mean_bias tau = lse - (mean_product + mean_bias) / tau.
Proof. unfold entropy_identity_bound, Rdiv. ring. Qed.

Lemma mean_plus {K} (keys : list K) s tau (f g : K -> R) :
  mean keys s tau (fun k => f k + g k) = mean keys s tau f + mean keys s tau g.
Proof.
  unfold mean. rewrite <- sum_plus. apply sum_ext. intros. ring.
Qed.

Definition inner {I} (dims : list I) (u v : I -> R) : R := sum (fun i => u i * v i) dims.

Theorem mean_product {K I} (keys : list K) (dims : list I) (q : I -> R) (k : K -> I -> R) s tau :
  mean keys s tau (fun j => inner dims q (k j))
  = inner dims q (fun i => mean keys s tau (fun j => k j i)).
Proof.
  unfold mean, inner.
  rewrite (sum_ext _ (fun j => sum (fun i => q i * (probability keys s tau j * k j i)) dims)).
  - rewrite sum_swap. apply sum_ext. intros i _. apply sum_scale.
  - intros j _. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Section Pass.
Context {K I : Type} (keys : list K) (dims : list I) (q : I -> R) (k : K -> I -> R) (b : K -> R).
Context (tau : R) (visible : keys <> []).

Let s (j : K) : R := inner dims q (k j) + b j.

Theorem entropy_from_pass :
  attention_entropy keys s tau
  = entropy_identity_bound (lse keys s tau)
      (inner dims q (fun i => mean keys s tau (fun j => k j i))) (mean keys s tau b) tau.
Proof.
  rewrite entropy_identity_bound_eq, attention_entropy_eq by assumption.
  now rewrite <- mean_product, <- mean_plus.
Qed.

Theorem entropy_without_bias_fails :
  0 < tau -> mean keys s tau b < 0 ->
  entropy_identity_bound (lse keys s tau)
    (inner dims q (fun i => mean keys s tau (fun j => k j i))) 0 tau
  < attention_entropy keys s tau.
Proof.
  intros T B. rewrite entropy_from_pass, !entropy_identity_bound_eq. unfold Rdiv.
  pose proof (Rinv_0_lt_compat tau T). nra.
Qed.
End Pass.

(* the same with every key less a reference key r, where the numbers are smaller *)
Theorem entropy_from_reference {K I} (keys : list K) (dims : list I) (q r : I -> R)
    (k : K -> I -> R) (b : K -> R) (tau : R) :
  keys <> [] ->
  let s j := inner dims q (k j) + b j in
  let t j := inner dims q (fun i => k j i - r i) + b j in
  attention_entropy keys s tau
  = entropy_identity_bound (lse keys t tau)
      (inner dims q (fun i => mean keys t tau (fun j => k j i - r i))) (mean keys t tau b) tau.
Proof.
  intros N s t. unfold t at 1 2 3.
  rewrite <- (entropy_from_pass keys dims q (fun j i => k j i - r i)) by assumption.
  apply attention_entropy_shift with (inner dims q r). intros j _. unfold s, inner.
  rewrite (sum_ext (fun i => q i * (k j i - r i)) (fun i => q i * k j i - q i * r i))
    by (intros; ring).
  rewrite sum_minus. ring.
Qed.
