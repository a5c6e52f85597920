(* relaxation-labeling -- symmetric compatibilities never lose consistency, and what they gain.

   Source: localization, the claim that relaxation labeling is a relative of localization methods.
   Assumes: compatibilities and labellings that are not negative, r a b = r b a, and an object's
   labels with some support.

   Proved: ln (A(p') / A(p)) >= 2 D for every new labelling p' that keeps what has support, from the
   tangent of the logarithm (gain_ge); the update is a labelling (relaxed_labelling), D >= 0 for it
   (divergence_nonneg), and where nothing is gained it changes nothing that weighs (nothing_gained);
   one compatible pair of labels attains the bound (one_pair); without symmetry consistency can be
   lost altogether (one_sided). *)
Require Import Reals Lra List Bool.
From Locality Require Import Functions Bounds Sums.
Import ListNotations.
Open Scope R_scope.

Lemma relaxation_labeling_bound_eq (d : R) : relaxation_labeling_bound d = 2 * d.
Proof. unfold relaxation_labeling_bound. ring. Qed.

(* ---- sums ---- *)

Lemma term_le_sum {K} (f : K -> R) keys k :
  (forall j, In j keys -> 0 <= f j) -> In k keys -> f k <= sum f keys.
Proof.
  induction keys as [| j keys IH]; intros N [].
  - subst. rewrite sum_cons. assert (0 <= sum f keys) by (apply sum_nonneg; simpl in N; auto). lra.
  - rewrite sum_cons. assert (f k <= sum f keys) by (apply IH; simpl in N; auto).
    assert (0 <= f j) by (apply N; simpl; auto). lra.
Qed.

Lemma sum_flat_map {K I} (f : I -> R) (g : K -> list I) keys :
  sum f (flat_map g keys) = sum (fun k => sum f (g k)) keys.
Proof.
  induction keys as [| k keys IH]; [reflexivity |]. simpl flat_map. now rewrite sum_app, sum_cons, IH.
Qed.

(* ---- any two labellings, over one list of labels ---- *)

Definition support {K} (keys : list K) (r : K -> K -> R) (p : K -> R) (a : K) : R :=
  sum (fun b => r a b * p b) keys.
Definition consistency {K} (keys : list K) (r : K -> K -> R) (p : K -> R) : R :=
  sum (fun a => p a * support keys r p a) keys.
Definition gathered {K} (keys : list K) (r : K -> K -> R) (p p' : K -> R) : R :=
  sum (fun a => p a * support keys r p a * ln (p' a / p a)) keys.

Section Gain.
Context {K : Type} (keys : list K) (r : K -> K -> R) (p p' : K -> R).
Context (compatible : forall a b, In a keys -> In b keys -> 0 <= r a b).
Context (symmetric : forall a b, In a keys -> In b keys -> r a b = r b a).
Context (old : forall a, In a keys -> 0 <= p a).
Context (new : forall a, In a keys -> 0 <= p' a).
Context (kept : forall a, In a keys -> 0 < p a * support keys r p a -> 0 < p' a).
Context (some : 0 < consistency keys r p).

Definition pairs (f : K -> K -> R) : R := sum (fun a => sum (f a) keys) keys.
Definition joint (p : K -> R) (a b : K) : R := p a * p b * r a b.

Lemma consistency_pairs f : consistency keys r f = pairs (joint f).
Proof.
  unfold consistency, support, pairs, joint. apply sum_ext. intros a _. rewrite <- sum_scale.
  apply sum_ext. intros. ring.
Qed.

Lemma pairs_ext f g :
  (forall a b, In a keys -> In b keys -> f a b = g a b) -> pairs f = pairs g.
Proof. intros E. apply sum_ext. intros. apply sum_ext. auto. Qed.

Lemma pairs_le f g :
  (forall a b, In a keys -> In b keys -> f a b <= g a b) -> pairs f <= pairs g.
Proof. intros E. apply sum_le. intros. apply sum_le. auto. Qed.

Lemma pairs_plus f g : pairs (fun a b => f a b + g a b) = pairs f + pairs g.
Proof. unfold pairs. rewrite <- sum_plus. apply sum_ext. intros. apply sum_plus. Qed.

Lemma pairs_scale c f : pairs (fun a b => c * f a b) = c * pairs f.
Proof. unfold pairs. rewrite <- sum_scale. apply sum_ext. intros. apply sum_scale. Qed.

Lemma joint_nonneg f a b :
  (forall k, In k keys -> 0 <= f k) -> In a keys -> In b keys -> 0 <= joint f a b.
Proof. intros. unfold joint. repeat apply Rmult_le_pos; auto. Qed.

Lemma joint_factors a b :
  In a keys -> In b keys -> 0 < joint p a b -> 0 < p a /\ 0 < p b /\ 0 < r a b.
Proof.
  unfold joint. intros A B W.
  destruct (old a A) as [P | P]; [| rewrite <- P, !Rmult_0_l in W; lra].
  destruct (old b B) as [Q | Q]; [| rewrite <- Q, Rmult_0_r, Rmult_0_l in W; lra].
  destruct (compatible a b A B) as [C | C]; [| rewrite <- C, Rmult_0_r in W; lra].
  auto.
Qed.

Lemma joint_supports a b :
  In a keys -> In b keys -> 0 < joint p a b -> 0 < p a * support keys r p a.
Proof.
  intros A B W. destruct (joint_factors a b A B W) as (P & Q & C).
  apply Rmult_lt_0_compat; [exact P |]. unfold support.
  apply Rlt_le_trans with (r a b * p b); [now apply Rmult_lt_0_compat |].
  apply (term_le_sum (fun b => r a b * p b)); [| exact B].
  intros. apply Rmult_le_pos; auto.
Qed.

Lemma joint_mirror a b : In a keys -> In b keys -> joint p a b = joint p b a.
Proof. intros. unfold joint. rewrite (symmetric a b) by assumption. ring. Qed.

Lemma both_new a b : In a keys -> In b keys -> 0 < joint p a b -> 0 < p' a /\ 0 < p' b.
Proof.
  intros A B W. split; apply kept; try assumption.
  - now apply (joint_supports a b).
  - apply (joint_supports b a); try assumption. now rewrite joint_mirror.
Qed.

Lemma still_some : 0 < consistency keys r p'.
Proof.
  rewrite consistency_pairs.
  assert (N : 0 <= pairs (joint p')).
  { apply sum_nonneg. intros. apply sum_nonneg. intros. now apply joint_nonneg. }
  destruct N as [| Z]; [assumption |]. exfalso.
  enough (T : pairs (joint p) <= 0) by (rewrite consistency_pairs in some; lra).
  assert (Zero : pairs (fun _ _ => 0) = 0)
    by (unfold pairs; rewrite (sum_const_on 0); [ring | intros; rewrite sum_const; ring]).
  rewrite <- Zero. apply pairs_le. intros a b A B.
  destruct (Rle_or_lt (joint p a b) 0) as [| W]; [assumption |]. exfalso.
  destruct (both_new a b A B W) as [PA PB]. destruct (joint_factors a b A B W) as (_ & _ & C).
  assert (0 < joint p' a b) by (unfold joint; repeat apply Rmult_lt_0_compat; assumption).
  assert (joint p' a b <= pairs (joint p')); [| lra].
  apply Rle_trans with (sum (joint p' a) keys).
  - apply term_le_sum; [| exact B]. intros. now apply joint_nonneg.
  - apply (term_le_sum (fun a => sum (joint p' a) keys)); [| exact A].
    intros. apply sum_nonneg. intros. now apply joint_nonneg.
Qed.

(* both labels of a pair, gathered label by label *)
Lemma gathered_pairs (f : K -> R) :
  pairs (fun a b => joint p a b * (f a + f b))
  = 2 * sum (fun a => p a * support keys r p a * f a) keys.
Proof.
  assert (Half : pairs (fun a b => joint p a b * f a)
                 = sum (fun a => p a * support keys r p a * f a) keys).
  { unfold pairs, support, joint. apply sum_ext. intros a _.
    rewrite sum_scale_r. f_equal. rewrite <- sum_scale. apply sum_ext. intros. ring. }
  rewrite (pairs_ext _ (fun a b => joint p a b * f a + joint p a b * f b)) by (intros; ring).
  rewrite pairs_plus, Half.
  replace (pairs (fun a b => joint p a b * f b)) with (pairs (fun a b => joint p a b * f a)).
  { rewrite Half. ring. }
  unfold pairs. rewrite sum_swap. apply sum_ext. intros b B. apply sum_ext. intros a A.
  now rewrite joint_mirror.
Qed.

(* the tangent of the logarithm at the common growth M, for one pair *)
Lemma pair_below_tangent (M : R) a b : 0 < M -> In a keys -> In b keys ->
  joint p a b * (ln (p' a / p a) + ln (p' b / p b))
  <= (ln M - 1) * joint p a b + / M * joint p' a b.
Proof.
  intros G A B. pose proof (joint_nonneg p a b old A B) as [W | W].
  - destruct (joint_factors a b A B W) as (P & Q & C), (both_new a b A B W) as [P' Q'].
    assert (X : 0 < p' a / p a) by (now apply Rdiv_lt_0_compat).
    assert (Y : 0 < p' b / p b) by (now apply Rdiv_lt_0_compat).
    rewrite <- ln_mult by assumption.
    pose proof (ln_below_tangent (p' a / p a * (p' b / p b) / M)) as T.
    assert (XY : 0 < p' a / p a * (p' b / p b)) by now apply Rmult_lt_0_compat.
    rewrite ln_quotient in T by assumption.
    specialize (T ltac:(now apply Rdiv_lt_0_compat)).
    apply (Rmult_le_compat_l (joint p a b)) in T; [| lra].
    replace (/ M * joint p' a b) with (joint p a b * (p' a / p a * (p' b / p b) / M))
      by (unfold joint; field; lra).
    lra.
  - rewrite <- W, Rmult_0_l, Rmult_0_r, Rplus_0_l.
    apply Rmult_le_pos; [left; now apply Rinv_0_lt_compat | now apply joint_nonneg].
Qed.

Theorem gain_ge :
  ln (consistency keys r p' / consistency keys r p)
  >= 2 * (gathered keys r p p' / consistency keys r p).
Proof.
  pose proof still_some as more.
  set (M := consistency keys r p' / consistency keys r p).
  assert (G : 0 < M) by now apply Rdiv_lt_0_compat.
  pose proof (pairs_le _ _ (fun a b A B => pair_below_tangent M a b G A B)) as T.
  rewrite (gathered_pairs (fun a => ln (p' a / p a))) in T. fold (gathered keys r p p') in T.
  rewrite pairs_plus, !pairs_scale, <- !consistency_pairs in T.
  replace (/ M * consistency keys r p') with (consistency keys r p) in T
    by (unfold M; field; lra).
  apply Rle_ge, Rmult_le_reg_r with (consistency keys r p); [exact some |].
  replace (2 * (gathered keys r p p' / consistency keys r p) * consistency keys r p)
    with (2 * gathered keys r p p') by (field; lra).
  lra.
Qed.

End Gain.

(* ---- the update, object by object ---- *)

Definition entropy_from {K} (keys : list K) (p' p : K -> R) : R :=
  sum (fun a => p' a * ln (p' a / p a)) keys.

Section Update.
Context {I K : Type} (objects : list I) (labels : I -> list K) (object : K -> I).
Context (r : K -> K -> R) (p : K -> R).
Let all := flat_map labels objects.
Let pull (a : K) : R := p a * support all r p a.
Let pulled (o : I) : R := sum pull (labels o).

Definition relaxed (a : K) : R := pull a / pulled (object a).
Definition share (o : I) : R := pulled o / consistency all r p.
Definition divergence : R :=
  sum (fun o => share o * entropy_from (labels o) relaxed p) objects.

Context (compatible : forall a b, In a all -> In b all -> 0 <= r a b).
Context (symmetric : forall a b, In a all -> In b all -> r a b = r b a).
Context (labelling : forall o, In o objects ->
  (forall a, In a (labels o) -> object a = o /\ 0 <= p a) /\ sum p (labels o) = 1).
Context (supported : objects <> [] /\ forall o, In o objects -> 0 < pulled o).

Lemma object_of o a : In o objects -> In a (labels o) -> object a = o.
Proof. intros J A. now apply (proj1 (labelling o J)). Qed.

Lemma in_all a : In a all <-> exists o, In o objects /\ In a (labels o).
Proof. apply in_flat_map. Qed.

Lemma old a : In a all -> 0 <= p a.
Proof. rewrite in_all. intros (o & J & A). now apply (proj1 (labelling o J)). Qed.

Lemma pull_nonneg a : In a all -> 0 <= pull a.
Proof.
  intros A. apply Rmult_le_pos; [now apply old |]. apply sum_nonneg. intros b B.
  apply Rmult_le_pos; [now apply compatible | now apply old].
Qed.

Lemma consistency_pos : 0 < consistency all r p.
Proof.
  destruct supported as [present S]. change (0 < sum pull (flat_map labels objects)).
  rewrite sum_flat_map. now apply sum_pos.
Qed.

Lemma pulled_pos a : In a all -> 0 < pulled (object a).
Proof.
  rewrite in_all. intros (o & J & A). rewrite (object_of o a J A). now apply supported.
Qed.

Lemma relaxed_nonneg a : In a all -> 0 <= relaxed a.
Proof.
  intros A. apply Rmult_le_pos; [now apply pull_nonneg |].
  left. now apply Rinv_0_lt_compat, pulled_pos.
Qed.

Theorem relaxed_labelling o : In o objects ->
  (forall a, In a (labels o) -> object a = o /\ 0 <= relaxed a) /\ sum relaxed (labels o) = 1.
Proof.
  intros J. split.
  { intros a A. split; [now apply object_of | apply relaxed_nonneg, in_all; eauto]. }
  rewrite (sum_ext _ (fun a => pull a * / pulled o))
    by (intros a A; unfold relaxed; now rewrite (object_of o a J A)).
  rewrite sum_scale_r. apply Rinv_r, Rgt_not_eq, supported, J.
Qed.

Lemma divergence_gathered :
  divergence = gathered all r p relaxed / consistency all r p.
Proof.
  change (divergence = sum (fun a => pull a * ln (relaxed a / p a))
    (flat_map labels objects) * / consistency all r p).
  unfold divergence. rewrite sum_flat_map, <- sum_scale_r. apply sum_ext. intros o J.
  unfold entropy_from, share. rewrite <- sum_scale, <- sum_scale_r.
  apply sum_ext. intros a A. unfold relaxed. rewrite (object_of o a J A). fold (pull a).
  pose proof (proj2 supported o J). pose proof consistency_pos. field. lra.
Qed.

Theorem relaxed_gain_ge :
  ln (consistency all r relaxed / consistency all r p) >= relaxation_labeling_bound divergence.
Proof.
  rewrite relaxation_labeling_bound_eq, divergence_gathered.
  apply gain_ge; auto using old, relaxed_nonneg, consistency_pos.
  intros a A S. apply Rdiv_lt_0_compat; [exact S | now apply pulled_pos].
Qed.

(* ---- relative entropy has a sign ---- *)

Lemma entropy_term a : In a all -> relaxed a - p a <= relaxed a * ln (relaxed a / p a).
Proof.
  intros A. destruct (relaxed_nonneg a A) as [N | Z].
  - destruct (old a A) as [P | Z].
    + pose proof (ln_below_tangent (p a / relaxed a) ltac:(now apply Rdiv_lt_0_compat)) as T.
      rewrite ln_quotient in T by assumption. rewrite ln_quotient by assumption.
      apply (Rmult_le_compat_l (relaxed a)) in T; [| lra].
      replace (relaxed a * (p a / relaxed a - 1)) with (p a - relaxed a) in T by (field; lra). lra.
    + exfalso. unfold relaxed, pull in N. rewrite <- Z in N. unfold Rdiv in N.
      rewrite !Rmult_0_l in N. lra.
  - rewrite <- Z, Rmult_0_l. pose proof (old a A). lra.
Qed.

Lemma entropy_nonneg o : In o objects -> 0 <= entropy_from (labels o) relaxed p.
Proof.
  intros J. replace 0 with (sum (fun a => relaxed a - p a) (labels o)).
  - apply sum_le. intros. apply entropy_term, in_all; eauto.
  - rewrite sum_minus, (proj2 (relaxed_labelling o J)), (proj2 (labelling o J)). ring.
Qed.

Lemma share_pos o : In o objects -> 0 < share o.
Proof. intros. apply Rdiv_lt_0_compat; [now apply supported | apply consistency_pos]. Qed.

Theorem divergence_nonneg : 0 <= divergence.
Proof.
  apply sum_nonneg. intros o J. apply Rmult_le_pos; [left; now apply share_pos |].
  now apply entropy_nonneg.
Qed.

Theorem consistency_rises : consistency all r p <= consistency all r relaxed.
Proof.
  pose proof relaxed_gain_ge as G. pose proof divergence_nonneg as N. pose proof consistency_pos as P.
  assert (P' : 0 < consistency all r relaxed).
  { apply (still_some all r p relaxed); auto using old, relaxed_nonneg.
    intros a A S. apply Rdiv_lt_0_compat; [exact S | now apply pulled_pos]. }
  apply ln_le_iff; try assumption.
  rewrite relaxation_labeling_bound_eq, ln_quotient in G by assumption. lra.
Qed.

(* where nothing is gained nothing has moved *)
Theorem nothing_gained : consistency all r relaxed = consistency all r p ->
  forall a, In a all -> relaxed a = p a.
Proof.
  intros E a A. pose proof relaxed_gain_ge as G. pose proof divergence_nonneg as N.
  rewrite E, relaxation_labeling_bound_eq in G. unfold Rdiv in G. rewrite Rinv_r, ln_1 in G
    by apply Rgt_not_eq, consistency_pos.
  apply in_all in A as (o & J & A).
  assert (T : share o * entropy_from (labels o) relaxed p = 0).
  { apply (sum_zero (fun o => share o * entropy_from (labels o) relaxed p) objects);
      [| fold divergence; lra | exact J].
    intros o' J'. apply Rmult_le_pos; [left; now apply share_pos | now apply entropy_nonneg]. }
  pose proof (share_pos o J). apply Rmult_integral in T as [T | T]; [lra |].
  assert (S : sum (fun a => relaxed a - p a) (labels o)
              = sum (fun a => relaxed a * ln (relaxed a / p a)) (labels o)).
  { fold (entropy_from (labels o) relaxed p).
    rewrite T, sum_minus, (proj2 (relaxed_labelling o J)), (proj2 (labelling o J)). ring. }
  pose proof (sum_le_equality (fun a => relaxed a - p a)
    (fun a => relaxed a * ln (relaxed a / p a)) _
    (fun b B => entropy_term b (proj2 (in_all b) (ex_intro _ o (conj J B)))) S a A) as Q.
  cbv beta in Q. assert (B : In a all) by (apply in_all; eauto).
  destruct (relaxed_nonneg a B) as [M | Z].
  - assert (P : 0 < p a).
    { destruct (old a B) as [| Z]; [assumption |]. exfalso. unfold relaxed, pull in M.
      rewrite <- Z in M. unfold Rdiv in M. rewrite !Rmult_0_l in M. lra. }
    enough (p a / relaxed a = 1) by (field_simplify_eq in H0; lra).
    apply ln_tangent_equality; [now apply Rdiv_lt_0_compat |].
    rewrite ln_quotient in Q by assumption. rewrite ln_quotient by assumption.
    apply Rmult_eq_reg_l with (relaxed a); [| lra].
    replace (relaxed a * (p a / relaxed a - 1)) with (p a - relaxed a) by (field; lra). lra.
  - rewrite <- Z in Q |- *. rewrite Rmult_0_l in Q. lra.
Qed.

End Update.

(* ---- witnesses ---- *)

(* two objects with two labels each, of which one of either goes with one of the other *)
Definition two_labels (o : bool) : list (bool * bool) := [(o, true); (o, false)].
Definition goes_with (a b : bool * bool) : R :=
  if snd a && snd b && xorb (fst a) (fst b) then 1 else 0.
Definition chosen (t s : R) (a : bool * bool) : R :=
  let first := if fst a then t else s in if snd a then first else 1 - first.

Theorem one_pair (t s : R) : 0 < t < 1 -> 0 < s < 1 ->
  let objects := [true; false] in
  let p' := relaxed objects two_labels fst goes_with (chosen t s) in
  ln (consistency (flat_map two_labels objects) goes_with p'
      / consistency (flat_map two_labels objects) goes_with (chosen t s))
  = relaxation_labeling_bound (divergence objects two_labels fst goes_with (chosen t s)).
Proof.
  intros T S objects p'. subst objects p'. rewrite relaxation_labeling_bound_eq.
  change (flat_map two_labels [true; false])
    with [(true, true); (true, false); (false, true); (false, false)].
  assert (A : forall f, consistency [(true, true); (true, false); (false, true); (false, false)]
    goes_with f = 2 * (f (true, true) * f (false, true)))
    by (intros; unfold consistency, support, sum, goes_with; simpl; ring).
  assert (TS : 0 < t * s) by (apply Rmult_lt_0_compat; lra).
  assert (R1 : forall o, relaxed [true; false] two_labels fst goes_with (chosen t s) (o, true) = 1).
  { intros []; unfold relaxed, support, sum, goes_with, chosen; simpl; field; nra. }
  assert (R0 : forall o, relaxed [true; false] two_labels fst goes_with (chosen t s) (o, false) = 0).
  { intros []; unfold relaxed, support, sum, goes_with, chosen; simpl; field; nra. }
  assert (H : forall o, share [true; false] two_labels goes_with (chosen t s) o = 1 / 2).
  { intros []; unfold share, consistency, support, sum, goes_with, chosen; simpl; field; nra. }
  rewrite !A, !R1. unfold divergence, entropy_from, sum. simpl. rewrite !H, !R1, !R0.
  unfold chosen. simpl. rewrite !Rmult_0_l.
  replace (2 * (1 * 1) / (2 * (t * s))) with (1 / t * (1 / s)) by (field; lra).
  rewrite ln_mult by (apply Rdiv_lt_0_compat; lra). lra.
Qed.

(* one label supports the other, which does not support it: all that was consistent is lost *)
Definition one_way (a b : bool) : R := if a && negb b then 1 else 0.

Theorem one_sided :
  exists (labels : unit -> list bool) (object : bool -> unit) (r : bool -> bool -> R) (p : bool -> R),
    (forall o, In o [tt] ->
       (forall a, In a (labels o) -> object a = o /\ 0 <= p a) /\ sum p (labels o) = 1) /\
    (forall a b, 0 <= r a b) /\
    0 < sum (fun a => p a * support (flat_map labels [tt]) r p a) (labels tt) /\
    consistency (flat_map labels [tt]) r p = 1 / 4 /\
    consistency (flat_map labels [tt]) r (relaxed [tt] labels object r p) = 0.
Proof.
  exists (fun _ => [true; false]), (fun _ => tt), one_way, (fun _ => 1 / 2).
  assert (H : 1 / 2 * (1 * (1 / 2) + 0) <> 0) by lra.
  repeat split.
  - now destruct o.
  - lra.
  - unfold sum. simpl. field.
  - intros a b. unfold one_way. destruct (a && negb b); lra.
  - unfold support, sum, one_way. simpl. lra.
  - unfold consistency, support, sum, one_way. simpl. field.
  - unfold consistency, relaxed, support, sum, one_way. simpl. field.
Qed.
