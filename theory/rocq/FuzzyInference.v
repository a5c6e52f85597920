(* fuzzy-inference -- a zero-order Takagi-Sugeno system of Gaussian memberships is a local mean.

   Source: localization, fuzzy inference as a localization method.
   Assumes: widths > 0, and a rule for what is averaged; the product stands for "and". For the bound
   on the other rules' part: leading rules and others, both not empty.

   Proved: the product of a rule's memberships is e^(-d^2/2), d the distance from its centre in units
   of its widths (log_firing), which is a key's score less half the squares of two lengths
   (log_firing_scored); so the weighted average of the consequents is attention to the rules
   (output_mean), it lies within their range (output_within), and the rules that do not lead change it
   by at most leakage times a diameter (others_le_bound), attained by two values (others_two_values);
   with the minimum for "and" it is another model (minimum_fails), and a weighted sum leaves the range
   (sum_leaves_range). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax Leakage Truncation EntropyIdentity.
Import ListNotations.
Open Scope R_scope.

Definition membership (x c s : R) : R := exp (- ((x - c) ^ 2 / (2 * s ^ 2))).
Definition product {I} (f : I -> R) (dims : list I) : R := fold_right Rmult 1 (map f dims).
Definition least {I} (f : I -> R) (dims : list I) : R := fold_right Rmin 1 (map f dims).
Definition averaged {K} (rules : list K) (w b : K -> R) : R :=
  sum (fun j => w j * b j) rules / sum w rules.

Lemma product_exp {I} (f : I -> R) dims : product (fun i => exp (f i)) dims = exp (sum f dims).
Proof.
  induction dims as [| i dims IH]; [symmetry; exact exp_0 |].
  unfold product in *. simpl. rewrite IH, sum_cons. symmetry. apply exp_plus.
Qed.

Lemma product_ext {I} (f g : I -> R) dims :
  (forall i, In i dims -> f i = g i) -> product f dims = product g dims.
Proof.
  induction dims as [| i dims IH]; intros E; [reflexivity |].
  unfold product in *. simpl. rewrite IH, (E i); simpl; auto. intros. apply E. simpl. auto.
Qed.

Section System.
Context {K I : Type} (dims : list I) (centre width : K -> I -> R) (x : I -> R).
Context (wide : forall j i, 0 < width j i).

Definition firing (j : K) : R := product (fun i => membership (x i) (centre j i) (width j i)) dims.
Definition away (j : K) (i : I) : R := (x i - centre j i) / width j i.
Definition fit (j : K) : R := - (sum (fun i => away j i ^ 2) dims / 2).

Lemma firing_exp j : firing j = exp (fit j).
Proof.
  unfold firing, fit, membership.
  rewrite (product_ext _ (fun i => exp (- (away j i ^ 2 / 2)))).
  - rewrite product_exp. f_equal. rewrite <- sum_divide.
    rewrite (sum_ext _ (fun i => -1 * (away j i ^ 2 / 2))) by (intros; ring).
    rewrite sum_scale. ring.
  - intros i _. do 2 f_equal. unfold away. pose proof (wide j i). field. lra.
Qed.

Theorem log_firing j : ln (firing j) = fuzzy_inference_bound (euclidean dims (away j)).
Proof.
  unfold fuzzy_inference_bound, euclidean. rewrite firing_exp, ln_exp.
  rewrite pow2_sqrt by apply sum_squares_nonneg. unfold fit. field.
Qed.

Lemma firing_weight j : firing j = weight fit 1 j.
Proof. rewrite firing_exp. unfold weight. f_equal. field. Qed.

Theorem output_mean (rules : list K) (b : K -> R) :
  rules <> [] -> averaged rules firing b = mean rules fit 1 b.
Proof.
  intros N. rewrite mean_total by assumption. unfold averaged, total_weight.
  rewrite (sum_ext (fun j => firing j * b j) (fun j => weight fit 1 j * b j))
    by (intros; now rewrite firing_weight).
  now rewrite (sum_ext firing (weight fit 1)) by (intros; apply firing_weight).
Qed.

Theorem output_within (rules : list K) (b : K -> R) (low high : R) :
  rules <> [] -> (forall j, In j rules -> low <= b j <= high) ->
  low <= averaged rules firing b <= high.
Proof.
  intros N B. rewrite output_mean by assumption.
  pose proof (mean_const rules fit 1 low N) as L. pose proof (mean_const rules fit 1 high N) as H.
  split; [rewrite <- L | rewrite <- H]; apply sum_le; intros j J; pose proof (probability_pos rules fit 1 j N);
    apply Rmult_le_compat_l; try lra; now apply B.
Qed.

(* ---- leading rules ---- *)

Section Leading.
Context (rules : list K) (b : K -> R) (P : K -> bool) (lead : R).
Context (some : inside P rules <> []) (others : outside P rules <> []).

Definition size_of (u : unit -> R) : R := Rabs (u tt).

Lemma size_seminorm : seminorm size_of.
Proof.
  split; unfold size_of.
  - intros u v E. now rewrite E.
  - intros. apply Rabs_mult.
  - intros. apply Rabs_triang.
Qed.

Let change : R := averaged rules firing b - averaged (inside P rules) firing b.

Lemma change_size :
  Rabs change = size_of (fun _ => output rules fit 1 (fun j _ => b j) tt
                                  - output (inside P rules) fit 1 (fun j _ => b j) tt).
Proof.
  unfold size_of, change, output. now rewrite !output_mean by eauto using inside_not_nil.
Qed.

Theorem others_le_bound (D : R) :
  (forall j k, In j rules -> P j = true -> In k rules -> P k = false -> fit j - fit k >= lead) ->
  (forall j k, In j rules -> P j = true -> In k rules -> P k = false -> Rabs (b k - b j) <= D) ->
  Rabs change
  <= fuzzy_inference_leading_bound (size (inside P rules)) (size (outside P rules)) lead D.
Proof.
  intros M B. rewrite change_size.
  assert (L : leakage rules P fit 1
              <= leakage_bound (size (inside P rules)) (size (outside P rules)) (lead / 1)).
  { apply leakage_le_bound; try assumption; lra. }
  replace (lead / 1) with lead in L by field.
  change (fuzzy_inference_leading_bound (size (inside P rules)) (size (outside P rules)) lead D)
    with (D * leakage_bound (size (inside P rules)) (size (outside P rules)) lead).
  eapply Rle_trans;
    [apply (truncation_le_bound size_of rules P fit 1 (fun j _ => b j) size_seminorm some others D);
     exact B |].
  rewrite truncation_bound_eq, Rmult_comm. apply Rmult_le_compat_l; [| exact L].
  destruct (inside P rules) as [| j R] eqn:EJ; [congruence |].
  destruct (outside P rules) as [| k C] eqn:EK; [congruence |].
  assert (J : In j (inside P rules)) by (rewrite EJ; apply in_eq).
  assert (N : In k (outside P rules)) by (rewrite EK; apply in_eq).
  apply in_inside in J as [J Pj]. apply in_outside in N as [N Pk].
  eapply Rle_trans; [apply Rabs_pos | apply (B j k J Pj N Pk)].
Qed.

Theorem others_two_values (u v : R) :
  two_level rules P fit lead ->
  (forall j, In j rules -> P j = true -> b j = u) ->
  (forall k, In k rules -> P k = false -> b k = v) ->
  Rabs change
  = fuzzy_inference_leading_bound (size (inside P rules)) (size (outside P rules)) lead
      (Rabs (v - u)).
Proof.
  intros W U V. rewrite change_size.
  change (fuzzy_inference_leading_bound (size (inside P rules)) (size (outside P rules)) lead
            (Rabs (v - u)))
    with (Rabs (v - u) * leakage_bound (size (inside P rules)) (size (outside P rules)) lead).
  transitivity (truncation_bound (leakage rules P fit 1) (size_of (fun _ => v - u))).
  { apply (truncation_two_values size_of rules P fit 1 (fun j _ => b j) size_seminorm some others
      (fun _ => u) (fun _ => v)); intros; auto. }
  assert (T : 0 < 1) by lra.
  pose proof (proj2 (leakage_eq_bound_iff rules P fit 1 lead T some others
    (two_level_margin rules P fit lead W)) W) as E.
  replace (lead / 1) with lead in E by field.
  rewrite truncation_bound_eq, E. unfold size_of. ring.
Qed.
End Leading.
End System.

(* ---- one width along every axis: keys, their lengths and the input's ---- *)

Theorem log_firing_scored {I} (dims : list I) (centre width x : I -> R) :
  (forall i, 0 < width i) ->
  let key i := centre i / width i in
  let query i := x i / width i in
  ln (firing dims (fun _ : unit => centre) (fun _ => width) x tt)
  = fuzzy_inference_attention_bound (inner dims query key) (euclidean dims key)
      (euclidean dims query).
Proof.
  intros W key query. rewrite firing_exp, ln_exp by (intros; apply W).
  unfold fuzzy_inference_attention_bound, euclidean, fit, inner.
  rewrite !pow2_sqrt by apply sum_squares_nonneg.
  rewrite (sum_ext _ (fun i => query i ^ 2 - 2 * (query i * key i) + key i ^ 2)).
  - rewrite sum_plus, sum_minus, sum_scale. field.
  - intros i _. unfold away, query, key. pose proof (W i). field. lra.
Qed.

(* ---- the minimum for "and", and a sum that is not divided ---- *)

(* centres (3, 4) and (5, 0), both 5 from the input 0; the second rule says 1 *)
Definition centre_of (j i : bool) : R := if j then (if i then 5 else 0) else (if i then 3 else 4).
Definition says (j : bool) : R := if j then 1 else 0.
Definition axes : list bool := [true; false].

Theorem minimum_fails :
  let at_least j := least (fun i => membership 0 (centre_of j i) 1) axes in
  let at_product j := product (fun i => membership 0 (centre_of j i) 1) axes in
  averaged axes at_product says = 1 / 2 /\ averaged axes at_least says < 1 / 2.
Proof.
  intros at_least at_product.
  assert (P : forall j, at_product j = exp (- (25 / 2))).
  { intros j. unfold at_product, membership. rewrite product_exp. f_equal.
    unfold sum, axes, centre_of. destruct j; simpl; field. }
  assert (L : at_least true = exp (- (25 / 2)) /\ at_least false = exp (-8)).
  { unfold at_least, least, axes, membership, centre_of. simpl.
    replace (- ((0 - 5) * ((0 - 5) * 1) / (2 * (1 * (1 * 1))))) with (- (25 / 2)) by field.
    replace (- ((0 - 0) * ((0 - 0) * 1) / (2 * (1 * (1 * 1))))) with 0 by field.
    replace (- ((0 - 3) * ((0 - 3) * 1) / (2 * (1 * (1 * 1))))) with (- (9 / 2)) by field.
    replace (- ((0 - 4) * ((0 - 4) * 1) / (2 * (1 * (1 * 1))))) with (-8) by field.
    rewrite exp_0.
    pose proof (exp_le (- (25 / 2)) 0 ltac:(lra)) as A. rewrite exp_0 in A.
    pose proof (exp_le (-8) 0 ltac:(lra)) as B. rewrite exp_0 in B.
    pose proof (exp_le (-8) (- (9 / 2)) ltac:(lra)) as C.
    rewrite (Rmin_left 1 1), (Rmin_left (exp (- (25 / 2))) 1), (Rmin_left (exp (-8)) 1) by lra.
    rewrite (Rmin_right (exp (- (9 / 2))) (exp (-8))) by lra. split; reflexivity. }
  split.
  - unfold averaged, sum, axes, says. simpl. rewrite !P. pose proof (exp_pos (- (25 / 2))). field. lra.
  - unfold averaged, sum, axes, says. simpl. destruct L as [-> ->].
    pose proof (exp_pos (- (25 / 2))). pose proof (exp_increasing (- (25 / 2)) (-8) ltac:(lra)).
    apply Rmult_lt_reg_r with (exp (- (25 / 2)) + (exp (-8) + 0)); [lra |].
    unfold Rdiv at 1. rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(* two rules at the input that both say 1 *)
Theorem sum_leaves_range :
  sum (fun j => firing [tt] (fun (_ : bool) _ => 0) (fun _ _ => 1) (fun _ => 0) j * 1) axes > 1.
Proof.
  unfold sum, axes, firing, product, membership. simpl.
  replace (- ((0 - 0) * ((0 - 0) * 1) / (2 * (1 * (1 * 1))))) with 0 by field. rewrite exp_0. lra.
Qed.
