(* merge -- attention to disjoint sets of keys merges to attention to their union.

   Source: onlinesoftmax, normalising a softmax in one pass by rescaling partial sums.
   Assumes: two lists of keys, neither empty; the union is their concatenation, in which a key of
   both would count twice. No sign of tau is needed.

   Proved: the log-normaliser and the mean of any quantity over the union (merge_lse, merge_mean);
   the laws of a commutative monoid on pairs (lse, mean) (merge_commutative, merge_associative);
   what a set of little weight changes, nothing in the limit (merge_empty); sets that share keys
   overstate the log-normaliser (merge_overlap_fails). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax FidelityIdentity.
Import ListNotations.
Open Scope R_scope.

Lemma merge_bound_eq (a b : R) : merge_bound a b = ln (exp a + exp b).
Proof.
  unfold merge_bound. rearrange (b - a). unfold softplus.
  rewrite <- (ln_exp a) at 1. rewrite <- ln_mult; try apply exp_pos.
  2: { pose proof (exp_pos (b - a)). lra. }
  rewrite Rmult_plus_distr_l, Rmult_1_r, <- exp_plus. do 2 f_equal. f_equal. ring.
Qed.

Lemma sigmoid_minus (a b : R) : sigmoid (a - b) = exp a / (exp a + exp b).
Proof.
  unfold sigmoid. rewrite Ropp_minus_distr. unfold Rminus. rewrite exp_plus, exp_Ropp.
  pose proof (exp_pos a). pose proof (exp_pos b). field. lra.
Qed.

Lemma merge_mean_bound_eq (a b x y : R) :
  merge_mean_bound a b x y = (exp a * x + exp b * y) / (exp a + exp b).
Proof.
  unfold merge_mean_bound. rewrite !sigmoid_minus.
  pose proof (exp_pos a). pose proof (exp_pos b). field. lra.
Qed.

(* ---- unions ---- *)

Lemma exp_lse {K} (keys : list K) s tau :
  keys <> [] -> exp (lse keys s tau) = total_weight keys s tau.
Proof. intros N. now apply exp_ln, total_weight_pos. Qed.

Section Union.
Context {K : Type} (first second : list K) (s : K -> R) (tau : R).
Context (one : first <> []) (two : second <> []).

Theorem merge_lse :
  lse (first ++ second) s tau = merge_bound (lse first s tau) (lse second s tau).
Proof.
  rewrite merge_bound_eq, !exp_lse by assumption. unfold lse, total_weight. now rewrite sum_app.
Qed.

Theorem merge_mean (f : K -> R) :
  mean (first ++ second) s tau f
  = merge_mean_bound (lse first s tau) (lse second s tau) (mean first s tau f)
      (mean second s tau f).
Proof.
  rewrite merge_mean_bound_eq, !exp_lse, !mean_total by (auto; destruct first; easy).
  pose proof (total_weight_pos first s tau one). pose proof (total_weight_pos second s tau two).
  unfold total_weight in *. rewrite !sum_app. field. lra.
Qed.
End Union.

(* ---- a commutative monoid ---- *)

Theorem merge_commutative (a b x y : R) :
  merge_bound a b = merge_bound b a /\ merge_mean_bound a b x y = merge_mean_bound b a y x.
Proof.
  rewrite !merge_bound_eq, !merge_mean_bound_eq. split; [f_equal; ring |].
  pose proof (exp_pos a). pose proof (exp_pos b). field. lra.
Qed.

Theorem merge_associative (a b c x y z : R) :
  merge_bound (merge_bound a b) c = merge_bound a (merge_bound b c) /\
  merge_mean_bound (merge_bound a b) c (merge_mean_bound a b x y) z
  = merge_mean_bound a (merge_bound b c) x (merge_mean_bound b c y z).
Proof.
  rewrite !(merge_bound_eq _ c), !(merge_bound_eq a), !merge_mean_bound_eq.
  rewrite !exp_ln by auto using Rplus_lt_0_compat, exp_pos.
  pose proof (exp_pos a). pose proof (exp_pos b). pose proof (exp_pos c).
  split; [f_equal; ring | field; lra].
Qed.

(* a second set changes lse by at most e^(b - a), and a mean by at most that share of the way *)
Theorem merge_empty (a b x y : R) :
  0 <= merge_bound a b - a <= exp (b - a) /\
  Rabs (merge_mean_bound a b x y - x) <= exp (b - a) * Rabs (y - x).
Proof.
  split.
  - unfold merge_bound. rearrange (b - a). pose proof (softplus_pos (b - a)).
    pose proof (exp_pos (b - a)). pose proof (ln_below_tangent (1 + exp (b - a))).
    unfold softplus in *. lra.
  - rewrite merge_mean_bound_eq. pose proof (exp_pos a). pose proof (exp_pos b).
    replace (_ - x) with (exp b / (exp a + exp b) * (y - x)) by (field; lra).
    rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos |].
    rewrite Rabs_pos_eq by (apply Rlt_le, Rdiv_lt_0_compat; lra).
    unfold Rminus. rewrite exp_plus, exp_Ropp. unfold Rdiv.
    apply Rmult_le_compat_l; [lra |]. apply Rinv_le_contravar; lra.
Qed.

(* ---- sets that share keys ---- *)

Theorem merge_overlap_fails {K} (first shared second : list K) s tau :
  shared <> [] ->
  lse (first ++ shared ++ second) s tau
  < merge_bound (lse (first ++ shared) s tau) (lse (shared ++ second) s tau).
Proof.
  intros N. rewrite merge_bound_eq, !exp_lse.
  2, 3: intros E; apply app_eq_nil in E; tauto.
  pose proof (total_weight_pos shared s tau N) as Z.
  assert (P : 0 < total_weight (first ++ shared ++ second) s tau).
  { apply total_weight_pos. intros E. apply app_eq_nil in E as [_ E].
    apply app_eq_nil in E. tauto. }
  unfold lse, total_weight in *. rewrite !sum_app in *. apply ln_increasing; lra.
Qed.
