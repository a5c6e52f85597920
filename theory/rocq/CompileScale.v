(* compile, its bound -- keys that are known to hold a true one, but not how many.

   Source: expressivity, whose constructions take hard or scaled attention; the least scale is ours.
   Assumes: tau > 0; at least one true and one false key; true scores lead by Delta, of any sign.

   Proved: the attention on false keys is at most sigmoid (ln (n - 1) - Delta/tau), n keys in all
   (leakage_le_compile_bound), with equality for one true key and two-level scores
   (one_true_key_attains); for positions 0 ... n - 1, the attention on true ones is at least 1 - delta
   whichever are true iff Delta >= tau (ln (n - 1) + logit (1 - delta)) (every_choice_iff). *)
Require Import Reals Lra Lia List PeanoNat.
From Locality Require Import Functions Bounds Softmax Leakage Threshold.
Import ListNotations.
Open Scope R_scope.

Lemma leakage_bound_sigmoid (m c x : R) :
  0 < m -> 0 < c -> leakage_bound m c x = sigmoid (ln (c / m) - x).
Proof.
  intros M C. rewrite sigmoid_odds, odds_worst by assumption. now apply leakage_bound_odds.
Qed.

Lemma compile_bound_eq (n x : R) : 0 < n - 1 -> compile_bound n x = leakage_bound 1 (n - 1) x.
Proof.
  intros N. rewrite leakage_bound_sigmoid by lra. unfold compile_bound.
  now replace ((n - 1) / 1) with (n - 1) by field.
Qed.

Lemma compile_scale_bound_eq (n delta : R) :
  compile_scale_bound n delta = threshold_bound 1 (n - 1) delta.
Proof.
  rewrite threshold_bound_eq. unfold compile_scale_bound.
  now replace ((n - 1) / 1) with (n - 1) by field.
Qed.

(* the odds of two-level scores are largest for one true key: (m + c - 1) - c/m = (m - 1)(m + c)/m *)
Lemma leakage_bound_le_compile_bound (m c x : R) :
  1 <= m -> 0 < c -> leakage_bound m c x <= compile_bound (m + c) x.
Proof.
  intros M C. rewrite leakage_bound_sigmoid by lra. unfold compile_bound.
  apply sigmoid_le_iff, Rplus_le_compat_r, ln_le_iff; [apply Rdiv_lt_0_compat; lra | lra |].
  apply Rmult_le_reg_r with m; [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; nra.
Qed.

Section Bound.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R).
Context (positive : 0 < tau) (true_key : inside P keys <> []) (false_key : outside P keys <> []).

Theorem leakage_le_compile_bound :
  margin keys P s Delta -> leakage keys P s tau <= compile_bound (size keys) (Delta / tau).
Proof.
  intros M. rewrite (size_split P).
  apply Rle_trans with (1 := leakage_le_bound keys P s tau Delta positive true_key false_key M).
  apply leakage_bound_le_compile_bound; [now apply size_ge_1 | now apply size_pos].
Qed.

Theorem one_true_key_attains :
  two_level keys P s Delta -> size (inside P keys) = 1 ->
  leakage keys P s tau = compile_bound (size keys) (Delta / tau).
Proof.
  intros T One. pose proof (size_pos _ false_key) as C.
  rewrite (size_split P), One, compile_bound_eq by lra.
  replace (1 + size (outside P keys) - 1) with (size (outside P keys)) by ring. rewrite <- One.
  apply leakage_eq_bound_iff; auto using two_level_margin.
Qed.
End Bound.

(* ---- the least scale ---- *)

Section Scale.
Context (n : nat) (tau Delta delta : R) (many : (2 <= n)%nat).
Context (positive : 0 < tau) (share : 0 < delta < 1).

Let positions := seq 0 n.
Let first := Nat.eqb 0.

Lemma first_inside : inside first positions = [0%nat].
Proof using many.
  unfold positions. destruct n as [| k]; [lia |]. unfold inside. simpl. f_equal.
  rewrite (filter_ext_in _ (fun _ => false)); [now induction (seq 1 k) |].
  intros j I. apply in_seq in I. destruct j; [lia | reflexivity].
Qed.

Lemma first_outside : size (outside first positions) = INR n - 1.
Proof using many.
  pose proof (size_split first positions) as S.
  rewrite first_inside in S. unfold positions in *. unfold size in S at 1 2.
  rewrite seq_length in S. simpl (INR (length [0%nat])) in S. lra.
Qed.

Lemma at_least_two : 1 <= INR n - 1.
Proof using many. apply le_INR in many. simpl in many. lra. Qed.

Theorem every_choice_iff :
  (forall P s, inside P positions <> [] -> outside P positions <> [] ->
     margin positions P s Delta -> fidelity positions P s tau >= 1 - delta)
  <-> Delta >= tau * compile_scale_bound (INR n) delta.
Proof.
  pose proof first_inside as Yes. pose proof first_outside as No. pose proof at_least_two as N.
  rewrite compile_scale_bound_eq. split; intros H.
  - rewrite <- No. replace 1 with (size (inside first positions)) by (now rewrite Yes).
    assert (inside first positions <> []) as I by (now rewrite Yes).
    assert (outside first positions <> []) as O.
    { intros E. rewrite E in No. change (size []) with 0 in No. lra. }
    apply threshold_iff; auto.
  - intros P s I O M. rewrite fidelity_leakage by eauto using inside_not_nil.
    pose proof (leakage_le_compile_bound positions P s tau Delta positive I O M) as L.
    assert (size positions = INR n) as S by (unfold size, positions; now rewrite seq_length).
    rewrite S, compile_bound_eq in L by lra.
    apply margin_over_temperature in H; [| assumption].
    apply leakage_bound_le_iff in H; lra.
Qed.
End Scale.
