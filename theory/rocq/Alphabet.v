(* classes, window-hierarchy, the alphabet -- "somewhere ab" is for P alone if there are no other
   letters, and with a third one for windows of two beside P, not of four.

   Source: expressivity names the language in one class only; that the alphabet decides is ours.
   Assumes: different letters a, b, and a third for what P cannot say.

   Proved: P (b and P a) defines it over a and b (somewhere_two), P (b and Y a) over every alphabet
   (somewhere_defined), and over three letters no formula with P alone does (somewhere_three), one
   with P and windows of two does (somewhere_narrow), and none with P and windows of four or more
   (somewhere_not_wide): where all windows of four show every letter, these see no order. *)
Require Import List Bool PeanoNat Wf_nat Lia.
From Locality Require Import Temporal TemporalFacts WindowHierarchy Blocks Complementary.
Import ListNotations.

Definition somewhere (a b : nat) (w : word) : Prop := exists u v, w = u ++ a :: b :: v.

Lemma somewhere_letters a b w :
  somewhere a b w <-> exists i, nth_error w i = Some a /\ nth_error w (S i) = Some b.
Proof.
  split.
  - intros (u & v & ->). exists (length u). rewrite !nth_error_app2 by lia.
    rewrite Nat.sub_diag. now replace (S (length u) - length u) with 1 by lia.
  - intros (i & A & B). apply nth_error_split in A as (u & r & -> & <-).
    rewrite nth_error_app2 in B by lia.
    replace (S (length u) - length u) with 1 in B by lia.
    destruct r as [| c v]; [easy |]. injection B as ->. now exists u, v.
Qed.

Theorem somewhere_defined sigma a b :
  defines sigma (Past (And (Letter b) (Within 1 (Letter a)))) (somewhere a b).
Proof.
  intros w _. unfold accepted. rewrite truth_past, somewhere_letters. split.
  - intros (j & _ & T). apply truth_and in T as [B Y]. apply truth_letter in B.
    apply truth_yesterday in Y as (i & -> & A). now exists i.
  - intros (i & A & B). exists (S i). split; [apply nth_error_Some; congruence |].
    apply truth_and. split; [now apply truth_letter |]. apply truth_yesterday. now exists i.
Qed.

Theorem somewhere_two a b :
  defines [a; b] (Past (And (Letter b) (Past (Letter a)))) (somewhere a b).
Proof.
  intros w W. unfold accepted. rewrite truth_past, somewhere_letters. split.
  - intros (j & _ & T). apply truth_and in T as [B P]. apply truth_letter in B.
    apply truth_past in P as (i & I & A). apply truth_letter in A.
    remember (j - S i) as d eqn:D. revert i I A D.
    induction d as [| d IH]; intros i I A D.
    + exists i. split; [exact A |]. now replace (S i) with j by lia.
    + destruct (nth_error w (S i)) as [c |] eqn:C.
      * destruct (W c (nth_error_In _ _ C)) as [<- | [<- | []]].
        -- apply (IH (S i)); [lia | exact C | lia].
        -- now exists i.
      * apply nth_error_None in C. assert (j < length w) by (apply nth_error_Some; congruence). lia.
  - intros (i & A & B). exists (S i). split; [apply nth_error_Some; congruence |].
    apply truth_and. split; [now apply truth_letter |]. apply truth_past. exists i.
    split; [lia | now apply truth_letter].
Qed.

Theorem somewhere_three sigma a b c f : In a sigma -> In b sigma -> In c sigma ->
  a <> b -> a <> c -> b <> c -> ltl_past f -> ~ defines sigma f (somewhere a b).
Proof.
  intros A B C AB AC BC W D. set (n := S (depth f)).
  assert (I : incl (power [a; c] n) sigma).
  { apply power_incl. intros d [<- | [<- | []]]; assumption. }
  assert (Z : incl [b] sigma) by (intros d [<- | []]; exact B).
  assert (same : accepted f (power [a; c] n ++ [b]) = accepted f (power [a; c] n ++ [a] ++ [b])).
  { apply (rounds_agree [] [a] [c] [b] n f W). unfold n. lia. }
  assert (yes : accepted f (power [a; c] n ++ [a] ++ [b]) = true).
  { apply D; [| now exists (power [a; c] n), []].
    apply incl_app; [exact I |]. apply incl_cons; assumption. }
  rewrite <- same in yes. apply D in yes; [| now apply incl_app].
  apply somewhere_letters in yes as (i & Ai & Bi).
  assert (L : length (power [a; c] n) = 2 * n) by (rewrite power_length; simpl length; lia).
  assert (1 <= n) by (unfold n; lia).
  assert (place : S i < length (power [a; c] n ++ [b])) by (apply nth_error_Some; congruence).
  rewrite app_length, L in place. simpl length in place.
  assert (inner : forall k, k < 2 * n ->
    nth_error (power [a; c] n ++ [b]) k = nth_error [a; c] (k mod 2)).
  { intros k K. rewrite nth_error_app1 by lia. apply nth_power. simpl length. lia. }
  destruct (Nat.lt_ge_cases (S i) (2 * n)) as [S | G].
  - rewrite inner in Bi by exact S. apply nth_error_In in Bi as [E | [E | []]]; congruence.
  - rewrite inner in Ai by lia. replace i with (1 + (n - 1) * 2) in Ai by lia.
    rewrite Nat.mod_add in Ai by easy. simpl in Ai. congruence.
Qed.

(* ---- windows of two tell the order of two letters, among three ---- *)

(* a and b stand before here; and a sees no b, or b sees an a, and no c that sees an a *)
Definition just_seen (a b c : nat) : formula :=
  And (And (Within 2 (Letter a)) (Within 2 (Letter b)))
    (Or (Within 2 (And (Letter a) (Not (Within 2 (Letter b)))))
      (And (Within 2 (And (Letter b) (Within 2 (Letter a))))
        (Not (Within 2 (And (Letter b)
          (Within 2 (And (Letter c) (Within 2 (Letter a))))))))).

Lemma truth_near f w i : truth (Within 2 f) w i = true <->
  (exists j, i = S j /\ truth f w j = true) \/ (exists j, i = S (S j) /\ truth f w j = true).
Proof.
  rewrite truth_within. split.
  - intros (j & J & T). destruct (Nat.eq_dec i (S j)); [left | right]; exists j; split; auto; lia.
  - intros [(j & -> & T) | (j & -> & T)]; exists j; split; auto; lia.
Qed.

Section Three.
Context (a b c : nat) (AB : a <> b) (AC : a <> c) (BC : b <> c).

Lemma just_seen_sound w i : incl w [a; b; c] ->
  truth (just_seen a b c) w i = true -> somewhere a b w.
Proof.
  intros W T. apply somewhere_letters.
  apply truth_and in T as [T T']. apply truth_and in T as [TA TB].
  apply truth_near in TA as [(j & -> & A) | (j & -> & A)]; apply truth_letter in A;
    apply truth_near in TB as [(k & E & B) | (k & E & B)]; apply truth_letter in B;
    try (assert (k = j) by lia; congruence); [| exists j; split; congruence].
  injection E as ->. apply truth_or in T' as [T' | T'].
  - apply truth_near in T' as [(l & E & T') | (l & E & T')]; apply truth_and in T' as [A' N];
      apply truth_letter in A'.
    + injection E as <-. apply truth_not in N. exfalso. apply N, truth_near. left. exists k.
      now rewrite truth_letter.
    + exfalso. injection E as <-. congruence.
  - apply truth_and in T' as [V N]. apply truth_not in N.
    assert (Bk : truth (Letter b) w k = true) by now apply truth_letter.
    assert (V' : truth (Within 2 (Letter a)) w k = true).
    { apply truth_near in V as [(l & E & V) | (l & E & V)]; apply truth_and in V as [L V].
      - injection E as <-. apply truth_letter in L. congruence.
      - now injection E as <-. }
    apply truth_near in V' as [(l & -> & A') | (l & -> & A')]; apply truth_letter in A';
      [now exists l |].
    destruct (nth_error w (S l)) as [x |] eqn:X.
    + destruct (W x (nth_error_In _ _ X)) as [<- | [<- | [<- | []]]];
        [now exists (S l) | now exists l |].
      exfalso. apply N, truth_near. right. exists (S (S l)). split; [reflexivity |].
      apply truth_and. split; [exact Bk |]. apply truth_near. left. exists (S l).
      split; [reflexivity |]. apply truth_and. split; [now apply truth_letter |].
      apply truth_near. left. exists l. now rewrite truth_letter.
    + apply nth_error_None in X. assert (S (S l) < length w) by (apply nth_error_Some; congruence).
      lia.
Qed.

Lemma just_seen_complete w m : nth_error w m = Some a -> nth_error w (S m) = Some b ->
  exists i, i <= S (S m) /\ truth (just_seen a b c) w i = true.
Proof.
  induction m as [m IH] using lt_wf_ind. intros A B.
  destruct (truth (just_seen a b c) w (S (S m))) eqn:T; [now exists (S (S m)) |].
  apply not_true_iff_false in T.
  assert (Am : truth (Letter a) w m = true) by now apply truth_letter.
  assert (Bm : truth (Letter b) w (S m) = true) by now apply truth_letter.
  assert (near : forall f, truth f w m = true -> truth (Within 2 f) w (S (S m)) = true).
  { intros f F. apply truth_near. right. now exists m. }
  assert (next : forall f, truth f w (S m) = true -> truth (Within 2 f) w (S (S m)) = true).
  { intros f F. apply truth_near. left. now exists (S m). }
  destruct (truth (Within 2 (Letter b)) w m) eqn:Y.
  - destruct (truth (Within 2 (And (Letter b) (Within 2 (And (Letter c) (Within 2 (Letter a))))))
      w (S (S m))) eqn:E.
    + apply truth_near in E as [(j & J & E) | (j & J & E)]; injection J as <-;
        apply truth_and in E as [L E]; apply truth_letter in L; [| congruence].
      apply truth_near in E as [(j & J & E) | (j & J & E)]; injection J as J; [subst j |];
        apply truth_and in E as [C E]; apply truth_letter in C; [congruence |]. subst m.
      apply truth_near in Y as [(k & K & Y) | (k & K & Y)]; apply truth_letter in Y;
        [injection K as <-; congruence |].
      injection K as ->.
      apply truth_near in E as [(l & K & E) | (l & K & E)]; apply truth_letter in E.
      * injection K as <-. congruence.
      * injection K as ->. destruct (IH l) as (i & I & T'); [lia | exact E | exact Y |].
        exists i. split; [lia | exact T'].
    + exfalso. apply T. apply truth_and. split; [apply truth_and; auto |].
      apply truth_or. right. apply truth_and. split; [| now apply truth_not, not_true_iff_false].
      apply next, truth_and. split; [exact Bm |]. apply truth_near. left. now exists m.
  - exfalso. apply T. apply truth_and. split; [apply truth_and; auto |].
    apply truth_or. left. apply near, truth_and. split; [exact Am |].
    now apply truth_not, not_true_iff_false.
Qed.

Theorem somewhere_narrow :
  defines [a; b; c] (Or (just_seen a b c) (Past (just_seen a b c))) (somewhere a b).
Proof.
  intros w W. unfold accepted. rewrite truth_or, truth_past. split.
  - intros [T | (j & _ & T)]; now apply just_seen_sound in T.
  - intros S. apply somewhere_letters in S as (m & A & B).
    assert (S m < length w) by (apply nth_error_Some; congruence).
    destruct (just_seen_complete w m A B) as (i & I & T).
    destruct (Nat.eq_dec i (length w)) as [<- | N]; [now left | right].
    exists i. split; [lia | exact T].
Qed.

(* ---- windows that always show every letter ---- *)

(* every four positions in a row hold all three letters *)
Definition shows (w : word) : Prop :=
  incl w [a; b; c] /\ forall i, 4 <= i <= length w -> forall x, In x [a; b; c] ->
    exists n, n < i <= n + 4 /\ nth_error w n = Some x.

Definition level (w w' : word) (r d p q : nat) : Prop :=
  d <= r /\ p <= length w /\ q <= length w' /\ nth_error w p = nth_error w' q /\
  (p = q /\ p < 4 * r \/ 4 * d <= p /\ 4 * d <= q).

Lemma level_sym w w' r d p q : level w w' r d p q -> level w' w r d q p.
Proof. intros (D & P & Q & E & H). repeat split; auto. intuition lia. Qed.

Lemma level_sees w w' r d p q : shows w -> shows w' -> 4 * r <= length w -> 4 * r <= length w' ->
  (forall m, m < 4 * r -> nth_error w m = nth_error w' m) -> level w w' r (S d) p q ->
  forall m, m < p -> exists n, n < q /\ (p <= m + 4 -> q <= n + 4) /\ level w w' r d m n.
Proof.
  intros [I _] [_ V] L L' same (D & P & Q & _ & H) m M.
  assert (itself : m < 4 * r -> level w w' r d m m).
  { intros B. repeat split; try lia. now apply same. }
  destruct H as [[<- B] | [B C]]; [exists m; split; [lia |]; split; [lia | apply itself; lia] |].
  destruct (Nat.lt_ge_cases m (4 * d)) as [F | F];
    [exists m; split; [lia |]; split; [lia | apply itself; lia] |].
  destruct (nth_error w m) as [x |] eqn:X; [| apply nth_error_None in X; lia].
  destruct (V q ltac:(lia) x) as (n & N & E); [apply I; now apply nth_error_In in X |].
  exists n. split; [lia |]. split; [lia |]. repeat split; try lia. congruence.
Qed.

Lemma shown_agree w w' r f : shows w -> shows w' -> 4 * r <= length w -> 4 * r <= length w' ->
  (forall m, m < 4 * r -> nth_error w m = nth_error w' m) ->
  ltl_past_window 4 f -> depth f <= r -> accepted f w = accepted f w'.
Proof.
  intros S S' L L' same W D. unfold accepted.
  assert (same' : forall m, m < 4 * r -> nth_error w' m = nth_error w m)
    by (intros m M; symmetry; now apply same).
  apply (simulation True (eq 4) w w' (level w w' r)) with (d := r); try assumption.
  - now intros d p q (_ & _ & _ & E & _).
  - intros _ d p q V. split; intros m M.
    + destruct (level_sees w w' r d p q S S' L L' same V m M) as (n & N & _ & E). now exists n.
    + destruct (level_sees w' w r d q p S' S L' L same' (level_sym _ _ _ _ _ _ V) m M)
        as (n & N & _ & E). exists n. split; [exact N | now apply level_sym].
  - intros k <- d p q V. split; intros m M.
    + destruct (level_sees w w' r d p q S S' L L' same V m) as (n & N & K & E); [lia |].
      exists n. split; [lia | exact E].
    + destruct (level_sees w' w r d q p S' S L' L same' (level_sym _ _ _ _ _ _ V) m)
        as (n & N & K & E); [lia |]. exists n. split; [lia | now apply level_sym].
  - repeat split; try lia. now rewrite !(proj2 (nth_error_None _ _)).
Qed.

Definition turning (m : nat) : word := power [a; c; b] m.

Lemma turning_length m : length (turning m) = m * 3.
Proof. apply power_length. Qed.

Lemma turning_incl m : incl (turning m) [a; b; c].
Proof. apply power_incl. intros x X. simpl in *. tauto. Qed.

Lemma turning_shows m y z : 1 <= m -> incl [y; z] [a; b; c] -> In c [y; z] ->
  shows (turning m ++ [a; y; z]).
Proof.
  intros M I C. split.
  { apply incl_app; [apply turning_incl |]. apply incl_cons; [simpl; auto | exact I]. }
  rewrite app_length, turning_length. simpl length. intros i B x X.
  assert (inner : forall n, n < m * 3 ->
    nth_error (turning m ++ [a; y; z]) n = nth_error [a; c; b] (n mod 3)).
  { intros n N. rewrite nth_error_app1 by now rewrite turning_length. now apply nth_power. }
  assert (end_of : forall k, nth_error (turning m ++ [a; y; z]) (m * 3 + k) =
    nth_error [a; y; z] k).
  { intros k. rewrite nth_error_app2; rewrite turning_length; [| lia]. f_equal. lia. }
  assert (place : exists t, t < 3 /\ nth_error [a; c; b] t = Some x).
  { destruct X as [<- | [<- | [<- | []]]]; [now exists 0; auto | exists 2 | exists 1]; auto. }
  destruct place as (t & T & Xt).
  destruct (Nat.le_gt_cases i (m * 3 + 1)) as [E | E].
  - destruct (in_step_after 3 (Nat.min i (m * 3) - 3) t) as (n & N & St & _); [lia |].
    exists n. split; [lia |]. rewrite inner by lia.
    rewrite <- (in_step_mod 3 t n) by (lia || exact St). now rewrite Nat.mod_small.
  - assert (last : nth_error (turning m ++ [a; y; z]) (m * 3 - 1) = Some b).
    { rewrite inner by lia. replace (m * 3 - 1) with (2 + (m - 1) * 3) by lia.
      now rewrite Nat.mod_add. }
    destruct X as [<- | [<- | [<- | []]]].
    + exists (m * 3 + 0). split; [lia | apply end_of].
    + exists (m * 3 - 1). split; [lia | exact last].
    + destruct (Nat.eq_dec i (m * 3 + 2)) as [-> | F].
      * exists (m * 3 - 2). split; [lia |]. rewrite inner by lia.
        replace (m * 3 - 2) with (1 + (m - 1) * 3) by lia. now rewrite Nat.mod_add.
      * destruct C as [-> | [-> | []]]; [exists (m * 3 + 1) | exists (m * 3 + 2)];
          (split; [lia | apply end_of]).
Qed.

Lemma turning_nowhere m : ~ somewhere a b (turning m).
Proof.
  intros S. apply somewhere_letters in S as (i & A & B).
  assert (S i < length (turning m)) as L by (apply nth_error_Some; congruence).
  rewrite turning_length in L. unfold turning in A, B. rewrite nth_power in A, B by (simpl; lia).
  change (length [a; c; b]) with 3 in A, B.
  pose proof (Nat.mod_upper_bound i 3 ltac:(lia)).
  rewrite <- Nat.add_1_r, <- Nat.add_mod_idemp_l in B by lia.
  destruct (i mod 3) as [| [| [| k]]]; simpl in A, B; try congruence. lia.
Qed.

Theorem somewhere_not_wide f :
  written_with True (le 4) f -> ~ defines [a; b; c] f (somewhere a b).
Proof.
  intros W D. destruct (narrowed_equivalent True 4 f ltac:(lia) W) as [W' E].
  set (g := narrowed 4 f) in *. set (r := depth g). set (m := S (2 * r)).
  assert (yes : accepted f (turning m ++ [a; b; c]) = true).
  { apply D; [apply incl_app; [apply turning_incl | apply incl_refl] |].
    now exists (turning m), [c]. }
  assert (same : accepted g (turning m ++ [a; b; c]) = accepted g (turning m ++ [a; c; b])).
  { apply (shown_agree _ _ r g); try assumption; try (apply turning_shows; simpl; auto; try lia);
      try (rewrite app_length, turning_length; unfold m; lia).
    - intros x X. simpl in *. tauto.
    - intros x X. simpl in *. tauto.
    - intros p P. rewrite !nth_error_app1; auto; rewrite turning_length; unfold m; lia.
    - easy. }
  unfold accepted in *. rewrite E, same, <- E in yes.
  apply (turning_nowhere (S m)). unfold turning. rewrite power_S, power_comm.
  apply D; [| exact yes]. apply incl_app; [apply turning_incl |]. intros x X. simpl in *. tauto.
Qed.
End Three.
