(* complementary -- P and Y each say what the other cannot, and (ab)* needs both.

   Source: expressivity.
   Assumes: two different letters a, b of the alphabet.

   Proved: "begins with a" has a formula with P and none without (begins_defined, begins_not_ended);
   "ends with a" has one with Y and none with P alone (ends_not_past); (ab)* has one with P and Y
   (alternation_defined), none without P and none with P and windows of two or more
   (alternation_needs_past, alternation_needs_yesterday); words that are taken for one at each depth
   (beginnings_agree, endings_agree). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts WindowHierarchy LastLetters.
Import ListNotations.

(* ---- the first letter ---- *)

Definition begins (a : nat) (w : word) : Prop := exists v, w = a :: v.
Definition first (a : nat) : formula := Past (And (Letter a) (Not (Past Top))).

Theorem begins_defined sigma a : defines sigma (first a) (begins a).
Proof.
  intros w _. unfold accepted, first. rewrite truth_past. split.
  - intros (j & J & T). apply truth_and in T as [A T]. apply truth_letter in A.
    apply truth_not in T. destruct j as [| j].
    + destruct w as [| b v]; [easy |]. injection A as ->. now exists v.
    + exfalso. apply T, truth_past. exists 0. split; [lia | easy].
  - intros (v & ->). exists 0. split; [simpl; lia |]. apply truth_and. split.
    + now apply truth_letter.
    + apply truth_not. rewrite truth_past. intros (j & J & _). lia.
Qed.

Theorem begins_not_ended sigma a b f : In a sigma -> In b sigma -> a <> b ->
  written_with False (fun _ => True) f -> ~ defines sigma f (begins a).
Proof.
  intros A B N W D. destruct (beginning_forgotten f W) as (n & same).
  assert (over : forall c, In c sigma -> incl ([c] ++ repeat b n) sigma).
  { intros c C d [<- | I]; [exact C |]. now apply repeat_spec in I as ->. }
  assert (yes : accepted f ([a] ++ repeat b n) = true).
  { apply D; [now apply over |]. now exists (repeat b n). }
  rewrite (same [a] [b]) in yes by now rewrite repeat_length.
  apply D in yes; [| now apply over]. destruct yes as (v & E). injection E as ->. easy.
Qed.

Theorem beginnings_agree a b k r f :
  written_with False (fun l => l <= k) f -> depth f <= r ->
  accepted f (a :: repeat b (r * k)) = accepted f (b :: repeat b (r * k)) /\
  accepted f (power [a; b] (r * k)) = accepted f (b :: power [a; b] (r * k)).
Proof.
  intros W D. split.
  - apply (reads_the_end k r f [a] [b]); try assumption. now rewrite repeat_length.
  - apply (reads_the_end k r f [] [b] (power [a; b] (r * k))); try assumption.
    rewrite power_length. simpl length. lia.
Qed.

(* ---- the last letter ---- *)

Definition ends (a : nat) (w : word) : Prop := exists u, w = u ++ [a].

Lemma ends_within a w : ends a w <-> within_last 1 a w.
Proof.
  split.
  - intros (u & ->). exists u, []. split; [easy | simpl; lia].
  - intros (u & [| b v] & -> & L); [now exists u | simpl in L; lia].
Qed.

Theorem ends_defined sigma a : defines sigma (Within 1 (Letter a)) (ends a).
Proof. intros w I. rewrite ends_within. exact (within_defines sigma 1 a w I). Qed.

Theorem ends_not_past sigma a b f : In a sigma -> In b sigma -> a <> b ->
  written_with True (le 2) f -> ~ defines sigma f (ends a).
Proof.
  intros A B N W D. apply (within_not_wider sigma 1 a b f); try assumption; [lia |].
  intros w I. rewrite <- ends_within. exact (D w I).
Qed.

Theorem endings_agree a b r f : ltl_past f \/ ltl_past_window 2 f -> depth f <= r ->
  accepted f (power [a; b] r ++ [a]) = accepted f (power [a; b] r).
Proof.
  intros W D. apply (repeated_agree a [b] r f); [| exact D].
  destruct W as [W | W]; [| exact W]. eapply written_monotone; try exact W; easy.
Qed.

(* ---- (ab)* ---- *)

Definition alternates (a b : nat) (w : word) : Prop := exists n, w = power [a; b] n.

Definition alternation (a b : nat) : formula :=
  And (Not (Past (And (Not (Letter a)) (Not (Letter b)))))
    (And (Not (Past (And (Letter b) (Not (Within 1 (Letter a))))))
      (And (Not (Past (And (Letter a) (Within 1 (Letter a))))) (Not (Within 1 (Letter a))))).

Lemma truth_yesterday a w i :
  truth (Within 1 (Letter a)) w i = true <-> exists j, i = S j /\ nth_error w j = Some a.
Proof.
  rewrite truth_within. split; intros (j & J & T); exists j;
    [apply truth_letter in T | apply truth_letter in T || rewrite truth_letter]; split;
    easy || lia.
Qed.

(* what its four parts say *)
Lemma truth_alternation a b w :
  accepted (alternation a b) w = true <->
  (forall j, j < length w -> nth_error w j = Some a \/ nth_error w j = Some b) /\
  (forall j, nth_error w j = Some b -> exists i, j = S i /\ nth_error w i = Some a) /\
  (forall j, nth_error w j = Some a -> nth_error w (S j) <> Some a) /\
  (forall j, length w = S j -> nth_error w j <> Some a).
Proof.
  assert (within : forall c j, nth_error w j = Some c -> j < length w).
  { intros c j E. apply nth_error_Some. congruence. }
  unfold accepted, alternation. rewrite !truth_and, !truth_not, !truth_past, !truth_yesterday.
  split; intros (only & before & twice & last); repeat split.
  - intros j J. destruct (truth (Letter a) w j) eqn:A; [left; now apply truth_letter |].
    destruct (truth (Letter b) w j) eqn:B; [right; now apply truth_letter |].
    exfalso. apply only. exists j. split; [exact J |]. simpl in *. now rewrite A, B.
  - intros j B. destruct (truth (Within 1 (Letter a)) w j) eqn:Y; [now apply truth_yesterday |].
    exfalso. apply before. exists j. split; [now apply (within b) |].
    apply truth_and. split; [now apply truth_letter | apply truth_not; congruence].
  - intros j A A'. apply twice. exists (S j). split; [now apply (within a) |].
    apply truth_and. split; [now apply truth_letter |]. apply truth_yesterday. now exists j.
  - intros j L A. apply last. now exists j.
  - intros (j & J & T). apply truth_and in T as [A B]. apply truth_not in A, B.
    rewrite truth_letter in A, B. now destruct (only j J).
  - intros (j & J & T). apply truth_and in T as [B Y]. apply truth_letter in B.
    apply truth_not in Y. apply Y, truth_yesterday. now apply before.
  - intros (j & J & T). apply truth_and in T as [A Y]. apply truth_letter in A.
    apply truth_yesterday in Y as (i & -> & A'). now apply (twice i).
  - intros (j & L & A). now apply (last j).
Qed.

Lemma word_ext (w v : word) : (forall i, nth_error w i = nth_error v i) -> w = v.
Proof.
  revert v. induction w as [| a w IH]; intros [| b v] E; try easy; try (now specialize (E 0)).
  pose proof (E 0) as H. injection H as ->. f_equal. apply IH. intros i. apply (E (S i)).
Qed.

Lemma alternates_letters a b w :
  alternates a b w <->
  (forall q, (2 * q < length w -> nth_error w (2 * q) = Some a) /\
             (2 * q + 1 < length w -> nth_error w (2 * q + 1) = Some b)) /\
  exists n, length w = 2 * n.
Proof.
  assert (even : forall q, 2 * q mod 2 = 0).
  { intros q. rewrite Nat.mul_comm. now apply Nat.mod_mul. }
  assert (odd : forall q, (2 * q + 1) mod 2 = 1).
  { intros q. rewrite Nat.add_comm, Nat.mul_comm. now rewrite Nat.mod_add. }
  assert (letters : forall n q,
    (2 * q < 2 * n -> nth_error (power [a; b] n) (2 * q) = Some a) /\
    (2 * q + 1 < 2 * n -> nth_error (power [a; b] n) (2 * q + 1) = Some b)).
  { intros n q. split; intros L; rewrite nth_power by (simpl length; lia); simpl length;
      [now rewrite even | now rewrite odd]. }
  assert (long : forall n, length (power [a; b] n) = 2 * n).
  { intros n. rewrite power_length. simpl length. lia. }
  split.
  - intros (n & ->). rewrite long. split; [apply letters | now exists n].
  - intros (L & n & E). exists n. apply word_ext. intros i.
    destruct (Nat.lt_ge_cases i (2 * n)) as [I | I].
    + destruct (Nat.Even_or_Odd i) as [(q & ->) | (q & ->)].
      * rewrite (proj1 (L q)), (proj1 (letters n q)) by lia. easy.
      * rewrite (proj2 (L q)), (proj2 (letters n q)) by lia. easy.
    + rewrite !(proj2 (nth_error_None _ _)) by (rewrite ?long; lia). easy.
Qed.

Theorem alternation_defined sigma a b : a <> b -> defines sigma (alternation a b) (alternates a b).
Proof.
  intros N w _. rewrite truth_alternation, alternates_letters.
  assert (some : forall c j, nth_error w j = Some c -> j < length w).
  { intros c j E. apply nth_error_Some. congruence. }
  split.
  - intros (only & before & twice & last).
    assert (A : forall q, (2 * q < length w -> nth_error w (2 * q) = Some a) /\
                          (2 * q + 1 < length w -> nth_error w (2 * q + 1) = Some b)).
    { assert (next : forall q, nth_error w (2 * q) = Some a ->
        2 * q + 1 < length w -> nth_error w (2 * q + 1) = Some b).
      { intros q A L. destruct (only _ L) as [A' |]; [exfalso | easy].
        apply (twice _ A). now rewrite <- Nat.add_1_r. }
      assert (every : forall q, 2 * q < length w -> nth_error w (2 * q) = Some a).
      { induction q as [| q IH]; intros L; destruct (only _ L) as [| B]; try easy; exfalso;
          destruct (before _ B) as (i & E & A); [easy |].
        assert (B' : nth_error w (2 * q + 1) = Some b) by (apply next; [apply IH |]; lia).
        replace i with (2 * q + 1) in A by lia. congruence. }
      intros q. split; [apply every |]. intros L. apply next; [apply every |]; lia. }
    split; [exact A |]. destruct (Nat.Even_or_Odd (length w)) as [E | (q & E)]; [exact E |].
    exfalso. apply (last (2 * q)); [lia |]. apply A. lia.
  - intros (A & n & E).
    assert (Aq : forall q, nth_error w (2 * q) <> Some b).
    { intros q B. pose proof (some _ _ B) as L. rewrite (proj1 (A q) L) in B. congruence. }
    assert (Bq : forall q, nth_error w (2 * q + 1) <> Some a).
    { intros q B. pose proof (some _ _ B) as L. rewrite (proj2 (A q) L) in B. congruence. }
    repeat split.
    + intros j J. destruct (Nat.Even_or_Odd j) as [(q & ->) | (q & ->)]; [left | right];
        now apply A.
    + intros j B. destruct (Nat.Even_or_Odd j) as [(q & ->) | (q & ->)]; [now apply Aq in B |].
      exists (2 * q). split; [lia |]. apply A. apply some in B. lia.
    + intros j A'. destruct (Nat.Even_or_Odd j) as [(q & ->) | (q & ->)]; [| now apply Bq in A'].
      rewrite <- Nat.add_1_r. apply Bq.
    + intros j L. replace j with (2 * (n - 1) + 1) by lia. apply Bq.
Qed.

Theorem alternation_needs_past sigma a b f : In a sigma -> In b sigma -> a <> b ->
  written_with False (fun _ => True) f -> ~ defines sigma f (alternates a b).
Proof.
  intros A B N W D. destruct (beginning_forgotten f W) as (n & same).
  assert (I : incl (power [a; b] n) sigma).
  { apply power_incl. intros c [<- | [<- | []]]; assumption. }
  assert (yes : accepted f ([] ++ power [a; b] n) = true) by (apply D; [exact I | now exists n]).
  rewrite (same [] [b]) in yes by (rewrite power_length; simpl length; lia).
  apply D in yes; [| intros c [<- | C]; auto]. destruct yes as ([| m] & E); [easy |].
  rewrite power_S in E. injection E as -> _. easy.
Qed.

Theorem alternation_needs_yesterday sigma a b f : In a sigma -> In b sigma -> a <> b ->
  written_with True (le 2) f -> ~ defines sigma f (alternates a b).
Proof.
  intros A B N W D. destruct (narrowed_equivalent True 2 f ltac:(lia) W) as [W' E].
  set (g := narrowed 2 f) in *. set (n := depth g).
  assert (I : incl (power [a; b] n) sigma).
  { apply power_incl. intros c [<- | [<- | []]]; assumption. }
  assert (yes : accepted f (power [a; b] n) = true) by (apply D; [exact I | now exists n]).
  unfold accepted in yes. rewrite E in yes.
  change (accepted g (power [a; b] n) = true) in yes.
  rewrite <- (repeated_agree a [b] n g W') in yes by lia.
  unfold accepted in yes. rewrite <- E in yes. apply D in yes.
  - destruct yes as (m & F). apply (f_equal (@length nat)) in F.
    rewrite app_length, !power_length in F. simpl length in F. lia.
  - apply incl_app; [exact I |]. intros c [<- | []]. exact A.
Qed.
