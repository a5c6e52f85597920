(* classes, the alphabet -- "somewhere ab" is for P alone if there are no other letters.

   Source: expressivity names the language in one class only; that the alphabet decides is ours.
   Assumes: different letters a, b, and a third for what P cannot say.

   Proved: P (b and P a) defines it over a and b (somewhere_two), P (b and Y a) over every alphabet
   (somewhere_defined), and over three letters no formula with P alone does (somewhere_three). *)
Require Import List Bool PeanoNat Lia.
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
