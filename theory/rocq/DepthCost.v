(* depth-cost -- what a wide window says in one layer takes narrow ones a layer for every step.

   Source: expressivity, for Y alone and the letters of the last k positions; the bound beside P and
   for every window is ours.
   Assumes: all windows at most h, and h >= 1 beside P.

   Proved: without P a formula of depth r reads the last r h letters (reads_the_end); with P, one of
   depth r < k/h does not tell ab^(k-1) from ab^k, so "a within the last k" takes depth k/h
   (within_takes); that depth is enough (within_enough), with Y alone (within_yesterdays) and with
   the one window 2 (within_twos). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts WindowHierarchy.
Import ListNotations.

(* ---- without P, the end of the word is all that is read ---- *)

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

(* ---- with P too: one letter, and a run after it ---- *)

Section Run.
  Context (a b k h : nat) (wide : 1 <= h) (some : 1 <= k).
  Let short := a :: repeat b (k - 1).
  Let long := a :: repeat b k.

  (* the same place, or both far into the run; only the ends hold no letter *)
  Definition far (d p q : nat) : Prop :=
    (p = q /\ p < k) \/
    (d * h < p <= k /\ d * h < q <= S k /\ (p = k <-> q = S k)).

  Lemma run_letter n p : p < S n -> nth_error (a :: repeat b n) p = Some (if p =? 0 then a else b).
  Proof.
    intros L. destruct p as [| p]; [easy |]. simpl. apply nth_error_repeat. lia.
  Qed.

  Lemma far_letters d p q : far d p q -> nth_error short p = nth_error long q.
  Proof.
    assert (length short = k /\ length long = S k) as [L L'].
    { unfold short, long. simpl. rewrite !repeat_length. lia. }
    intros [(<- & P) | (P & Q & E)].
    - unfold short, long. rewrite !run_letter by lia. easy.
    - destruct (Nat.eq_dec p k) as [-> |].
      + rewrite !(proj2 (nth_error_None _ _)) by lia. easy.
      + unfold short, long. rewrite !run_letter by lia. destruct p, q; easy || lia.
  Qed.

  Lemma far_past d p q : far (S d) p q ->
    matched (far d) (fun m => m < p) (fun n => n < q) /\
    matched (fun n m => far d m n) (fun n => n < q) (fun m => m < p).
  Proof.
    intros [(<- & P) | (P & Q & E)]; split; intros m M.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - destruct (Nat.le_gt_cases m (d * h)); [exists m | exists (q - 1)]; simpl in *.
      + split; [lia |]. left. lia.
      + split; [lia |]. right. lia.
    - destruct (Nat.le_gt_cases m (d * h)); [exists m | exists (p - 1)]; simpl in *.
      + split; [lia |]. left. lia.
      + split; [lia |]. right. lia.
  Qed.

  Lemma far_window l d p q : l <= h -> far (S d) p q ->
    matched (far d) (fun m => m < p <= m + l) (fun n => n < q <= n + l) /\
    matched (fun n m => far d m n) (fun n => n < q <= n + l) (fun m => m < p <= m + l).
  Proof.
    intros L [(<- & P) | (P & Q & E)]; split; intros m M; simpl in *.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - exists (q - (p - m)). split; [lia |]. right. lia.
    - exists (p - (q - m)). split; [lia |]. right. lia.
  Qed.

  Theorem runs_agree f :
    written_with True (fun l => l <= h) f -> depth f * h < k -> accepted f short = accepted f long.
  Proof.
    intros W D. apply (simulation True (fun l => l <= h) short long far) with (d := depth f); auto.
    - exact far_letters.
    - intros _. exact far_past.
    - intros l L d p q. now apply far_window.
    - right. unfold short, long. simpl. rewrite !repeat_length. lia.
  Qed.
End Run.

Theorem within_takes sigma k h a b f :
  In a sigma -> In b sigma -> a <> b -> 1 <= h ->
  written_with True (fun l => l <= h) f -> defines sigma f (within_last k a) -> k <= depth f * h.
Proof.
  intros A B N H W D. destruct (Nat.le_gt_cases k (depth f * h)) as [| G]; [easy | exfalso].
  assert (over : forall n, incl (a :: repeat b n) sigma).
  { intros n c [<- | I]; [exact A |]. now apply repeat_spec in I as ->. }
  assert (yes : accepted f (a :: repeat b (k - 1)) = true).
  { apply D; [apply over |]. exists [], (repeat b (k - 1)). rewrite repeat_length.
    split; [easy | lia]. }
  rewrite (runs_agree a b k h H ltac:(lia) f W G) in yes. apply D in yes; [| apply over].
  destruct yes as ([| c u] & v & E & L).
  - injection E as <-. rewrite repeat_length in L. lia.
  - injection E as _ E. assert (I : In a (repeat b k)) by (rewrite E; apply in_elt).
    now apply repeat_spec in I.
Qed.

(* ---- and that depth is enough ---- *)

(* n windows of h positions after one of l, so one of l + n h *)
Fixpoint nested (h : nat) (f : formula) (inner : formula) (n : nat) : formula :=
  match n with O => inner | S m => Within h (Or f (nested h f inner m)) end.

Lemma nested_equivalent h l f inner n : 1 <= h -> equivalent inner (Within l f) ->
  equivalent (nested h f inner n) (Within (l + n * h) f).
Proof.
  intros H E. induction n as [| n IH]; intros w i.
  - rewrite Nat.add_0_r. apply E.
  - simpl nested. apply same_truth. rewrite !truth_within. split.
    + intros (j & J & T). apply truth_or in T as [T | T].
      * exists j. split; [simpl; lia | exact T].
      * rewrite IH in T. apply truth_within in T as (m & M & T). exists m.
        split; [simpl; lia | exact T].
    + intros (j & J & T). destruct (Nat.le_gt_cases i (j + h)).
      * exists j. split; [lia |]. apply truth_or. now left.
      * exists (i - h). split; [lia |]. apply truth_or. right. rewrite IH. apply truth_within.
        exists j. split; [simpl in *; lia | exact T].
Qed.

Lemma nested_written (past : Prop) (window : nat -> Prop) h f inner n :
  window h -> written_with past window f -> written_with past window inner ->
  written_with past window (nested h f inner n).
Proof. intros H F I. induction n; simpl; auto. Qed.

Lemma nested_depth h f inner n :
  depth f <= depth inner -> depth (nested h f inner n) = n + depth inner.
Proof. intros D. induction n as [| n IH]; simpl; [easy |]. rewrite IH. lia. Qed.

Lemma defines_equivalent sigma f g L : equivalent f g -> defines sigma g L -> defines sigma f L.
Proof. intros E D w I. unfold accepted. rewrite E. now apply D. Qed.

(* k = l + n h with 1 <= l <= h *)
Theorem within_enough sigma l n h a : 1 <= l <= h ->
  exists f, written_with False (fun m => m <= h) f /\ depth f = S n /\
    defines sigma f (within_last (l + n * h) a).
Proof.
  intros L. exists (nested h (Letter a) (Within l (Letter a)) n). split; [| split].
  - apply nested_written; simpl; auto. split; [lia | easy].
  - rewrite nested_depth; simpl; lia.
  - eapply defines_equivalent; [apply nested_equivalent; [lia | easy] | apply within_defines].
Qed.

Theorem within_yesterdays sigma k a : 1 <= k ->
  exists f, ltl_yesterday f /\ depth f = k /\ defines sigma f (within_last k a).
Proof.
  intros K. exists (nested 1 (Letter a) (Within 1 (Letter a)) (k - 1)). split; [| split].
  - apply nested_written; simpl; auto.
  - rewrite nested_depth; simpl; lia.
  - replace k with (1 + (k - 1) * 1) at 2 by lia.
    eapply defines_equivalent; [now apply nested_equivalent | apply within_defines].
Qed.

Theorem within_twos sigma k a : 2 <= k ->
  exists f, ltl_window 2 f /\ 2 * depth f <= S k /\ defines sigma f (within_last k a).
Proof.
  intros K. pose proof (Nat.div_mod_eq k 2) as E. pose proof (Nat.mod_upper_bound k 2 ltac:(lia)).
  set (n := k / 2) in *. clearbody n.
  destruct (k mod 2) as [| [|]]; [| | lia].
  - exists (nested 2 (Letter a) (Within 2 (Letter a)) (n - 1)). split; [| split].
    + apply nested_written; simpl; auto.
    + rewrite nested_depth by (simpl; lia). simpl depth. lia.
    + replace k with (2 + (n - 1) * 2) by lia.
      eapply defines_equivalent; [now apply nested_equivalent; [lia |] | apply within_defines].
  - exists (nested 2 (Letter a) (wider 2 (Letter a)) (n - 1)). split; [| split].
    + apply nested_written; simpl; intuition.
    + rewrite nested_depth by (simpl; lia). simpl depth. lia.
    + replace k with (3 + (n - 1) * 2) by lia.
      eapply defines_equivalent; [| apply within_defines]. apply nested_equivalent; [lia |].
      intros w i. symmetry. apply (next_window 2 (Letter a)). lia.
Qed.
