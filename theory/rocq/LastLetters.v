(* What formulas without P read: the end of the word.

   Source: expressivity, for windows of one and the definite languages.
   Assumes: no P.

   Proved: a formula of depth r with windows up to h reads the last r h letters (reads_the_end); so
   every formula without P forgets how a word begins (beginning_forgotten). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts.
Import ListNotations.

Definition same_end (w w' : word) (h d p q : nat) : Prop :=
  forall j, j <= d * h ->
    (j <= p <-> j <= q) /\ (j <= p -> nth_error w (p - j) = nth_error w' (q - j)).

Lemma same_end_sym w w' h d p q : same_end w w' h d p q -> same_end w' w h d q p.
Proof.
  intros S j J. destruct (S j J) as [E L]. split; [easy |]. intros. symmetry. apply L. lia.
Qed.

Lemma same_end_back w w' h d p q e :
  e <= h -> e <= p -> same_end w w' h (S d) p q ->
  e <= q /\ same_end w w' h d (p - e) (q - e).
Proof.
  intros H P S. split; [apply (S e); simpl; lia |]. intros j J.
  destruct (S (j + e)) as [E L]; [simpl; lia |]. destruct (S e) as [E' _]; [simpl; lia |].
  split; [lia |]. intros I. rewrite <- !Nat.sub_add_distr, !(Nat.add_comm e). apply L. lia.
Qed.

Lemma same_end_window w w' h l d p q :
  l <= h -> same_end w w' h (S d) p q ->
  matched (same_end w w' h d) (fun m => m < p <= m + l) (fun n => n < q <= n + l).
Proof.
  intros L S m M. destruct (same_end_back w w' h d p q (p - m)) as [B E]; [lia | lia | exact S |].
  exists (q - (p - m)). split; [lia |]. now replace m with (p - (p - m)) at 1 by lia.
Qed.

Theorem reads_the_end h r f u u' v :
  written_with False (fun k => k <= h) f -> depth f <= r -> r * h <= length v ->
  accepted f (u ++ v) = accepted f (u' ++ v).
Proof.
  intros W D V. set (R := same_end (u ++ v) (u' ++ v) h).
  apply (simulation False (fun k => k <= h) (u ++ v) (u' ++ v) R) with (d := r); try assumption.
  - intros d p q S. destruct (S 0) as [_ E]; [lia |]. rewrite !Nat.sub_0_r in E. apply E. lia.
  - easy.
  - intros l L d p q S. split; [now apply same_end_window |].
    intros n N. apply same_end_sym in S.
    destruct (same_end_window _ _ h l d q p L S n N) as (m & M & T). exists m.
    split; [exact M | now apply same_end_sym].
  - intros j J. rewrite !app_length. split; [lia |]. intros _.
    destruct (Nat.eq_dec j 0) as [-> |].
    + rewrite !(proj2 (nth_error_None _ _)); rewrite ?app_length; lia || easy.
    + rewrite !nth_error_app2 by lia. f_equal. lia.
Qed.

(* every formula without P reads no further back than some number of positions *)
Lemma bounded_windows past f : written_with past (fun _ => True) f ->
  exists h, written_with past (fun k => k <= h) f.
Proof.
  induction f as [| a | g IH | g IHg h IHh | g IHg h IHh | g IH | k g IH]; simpl written_with.
  - now exists 0.
  - now exists 0.
  - exact IH.
  - intros [G H]. destruct (IHg G) as (l & L), (IHh H) as (m & M). exists (Nat.max l m).
    split; eapply written_monotone; try eassumption; auto; simpl; lia.
  - intros [G H]. destruct (IHg G) as (l & L), (IHh H) as (m & M). exists (Nat.max l m).
    split; eapply written_monotone; try eassumption; auto; simpl; lia.
  - intros [P W]. destruct (IH W) as (l & L). now exists l.
  - intros [_ W]. destruct (IH W) as (l & L). exists (Nat.max k l). split; [lia |].
    eapply written_monotone; try eassumption; auto; simpl; lia.
Qed.

(* such a formula forgets how a word begins *)
Lemma beginning_forgotten f : written_with False (fun _ => True) f ->
  exists n, forall u u' v, n <= length v -> accepted f (u ++ v) = accepted f (u' ++ v).
Proof.
  intros W. destruct (bounded_windows False f W) as (h & H). exists (depth f * h).
  intros u u' v L. now apply (reads_the_end h (depth f)).
Qed.
