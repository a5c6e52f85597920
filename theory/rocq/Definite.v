(* classes, LTL[Y] -- the languages that the last letters decide, and no others.

   Source: expressivity; the languages are the definite ones.
   Assumes: a finite alphabet; a language is a Boolean function of words.

   Proved: a language over sigma has a formula with Y alone if and only if for some n its words of n
   letters and more are told by their last n (definite_iff); then so it is for all formulas without
   P, whatever their windows (past_free_iff). Of the minimal automaton of a regular language that
   says that no two states are kept by one word that is not empty (forgetful_iff). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts Automata LastLetters Runs.
Import ListNotations.

Definition definite (sigma : list nat) (L : word -> bool) : Prop :=
  exists n, forall u u' v, incl u sigma -> incl u' sigma -> incl v sigma -> n <= length v ->
    L (u ++ v) = L (u' ++ v).

(* the letters before here, last first, are those of r; and `start` held before them *)
Fixpoint trail (start : formula) (r : word) : formula :=
  match r with [] => start | c :: r => Within 1 (And (Letter c) (trail start r)) end.

Lemma truth_trail start r w i : i <= length w ->
  truth (trail start r) w i = true <->
  exists u, firstn i w = u ++ rev r /\ truth start w (length u) = true.
Proof.
  revert i. induction r as [| c r IH]; intros i I.
  - simpl trail. split.
    + intros T. exists (firstn i w). rewrite app_nil_r, firstn_length_le by exact I. now split.
    + intros (u & E & T). simpl in E. rewrite app_nil_r in E. subst u.
      now rewrite firstn_length_le in T.
  - simpl trail. rewrite truth_within. split.
    + intros (j & J & T). apply truth_and in T as [C T]. apply truth_letter in C.
      apply IH in T as (u & E & T); [| lia]. exists u. split; [| exact T].
      replace i with (S j) by lia. rewrite (firstn_next w j c C), E. simpl.
      now rewrite app_assoc.
    + intros (u & E & T). simpl in E. rewrite app_assoc in E.
      assert (L : i = S (length (u ++ rev r))).
      { rewrite <- (firstn_length_le w I), E, app_length. simpl. lia. }
      exists (length (u ++ rev r)). split; [lia |].
      assert (F : w = (u ++ rev r) ++ [c] ++ skipn i w).
      { rewrite <- (firstn_skipn i w) at 1. now rewrite E, <- app_assoc. }
      apply truth_and. split.
      * apply truth_letter. rewrite F, nth_error_app2, Nat.sub_diag by lia. easy.
      * apply IH; [lia |]. exists u. split; [| exact T].
        rewrite F, firstn_app, Nat.sub_diag, firstn_all. simpl. now rewrite app_nil_r.
Qed.

Definition beginning : formula := Not (Within 1 Top).

Lemma truth_beginning w i : truth beginning w i = true <-> i = 0.
Proof.
  unfold beginning. rewrite truth_not, truth_within. split.
  - intros N. destruct i as [| i]; [easy |]. exfalso. apply N. exists i. split; [lia | easy].
  - intros -> (j & J & _). lia.
Qed.

(* the words of L with fewer than n letters, and those endings of n letters that are in L *)
Definition endings (sigma : list nat) (L : word -> bool) (n : nat) : formula :=
  Or (any (map (fun v => trail beginning (rev v))
            (filter L (flat_map (words sigma) (seq 0 n)))))
     (any (map (fun v => trail Top (rev v)) (filter L (words sigma n)))).

Lemma endings_written sigma L n : ltl_yesterday (endings sigma L n).
Proof.
  assert (T : forall start r, ltl_yesterday start -> ltl_yesterday (trail start r)).
  { intros start r W. induction r as [| c r IH]; [exact W | now repeat split]. }
  split; apply written_any; intros f F; apply in_map_iff in F as (v & <- & _); apply T;
    now repeat split.
Qed.

Lemma truth_any_trail start vs w :
  truth (any (map (fun v => trail start (rev v)) vs)) w (length w) = true <->
  exists v u, In v vs /\ w = u ++ v /\ truth start w (length u) = true.
Proof.
  rewrite truth_any. split.
  - intros (f & F & T). apply in_map_iff in F as (v & <- & V).
    apply truth_trail in T as (u & E & T); [| easy]. rewrite rev_involutive, firstn_all in E.
    now exists v, u.
  - intros (v & u & V & E & T). exists (trail start (rev v)).
    split; [now apply in_map_iff; exists v |]. apply truth_trail; [easy |].
    exists u. now rewrite rev_involutive, firstn_all.
Qed.

Lemma endings_exact sigma L n :
  (forall u u' v, incl u sigma -> incl u' sigma -> incl v sigma -> n <= length v ->
     L (u ++ v) = L (u' ++ v)) ->
  defines sigma (endings sigma L n) (fun w => L w = true).
Proof.
  intros D w W. unfold accepted, endings. rewrite truth_or, !truth_any_trail. split.
  - intros [(v & u & V & E & T) | (v & u & V & E & _)]; apply filter_In in V as [V T'].
    + apply truth_beginning in T. destruct u; [| easy]. now subst w.
    + apply in_words in V as [V I]. subst w. rewrite (D u [] v); auto; try easy.
      * intros c C. apply W, in_or_app. now left.
      * lia.
  - intros T. destruct (Nat.lt_ge_cases (length w) n) as [S | G].
    + left. exists w, []. split; [| split; [easy | now apply truth_beginning]].
      apply filter_In. split; [| exact T]. apply in_flat_map. exists (length w).
      split; [apply in_seq; lia | now apply in_words].
    + right. set (u := firstn (length w - n) w). set (v := skipn (length w - n) w).
      assert (E : w = u ++ v) by (symmetry; apply firstn_skipn).
      assert (lv : length v = n) by (unfold v; rewrite skipn_length; lia).
      assert (V : incl v sigma) by (intros c C; apply W; rewrite E; apply in_or_app; now right).
      assert (U : incl u sigma) by (intros c C; apply W; rewrite E; apply in_or_app; now left).
      exists v, u. split; [| now split]. apply filter_In. split; [now apply in_words |].
      rewrite <- T, E. symmetry. apply (D u [] v); auto; [easy | lia].
Qed.

Theorem past_free_definite sigma L f :
  written_with False (fun _ => True) f -> defines sigma f (fun w => L w = true) ->
  definite sigma L.
Proof.
  intros W D. destruct (beginning_forgotten f W) as (n & same). exists n.
  intros u u' v U U' V N. apply same_truth.
  rewrite <- (D (u ++ v)), <- (D (u' ++ v)) by now apply incl_app.
  now rewrite (same u u' v N).
Qed.

Theorem definite_iff sigma L :
  (exists f, ltl_yesterday f /\ defines sigma f (fun w => L w = true)) <-> definite sigma L.
Proof.
  split.
  - intros (f & W & D). apply (past_free_definite sigma L f); [| exact D].
    eapply written_monotone; try exact W; easy.
  - intros (n & D). exists (endings sigma L n). split; [apply endings_written |].
    now apply endings_exact.
Qed.

Theorem past_free_iff sigma L :
  (exists f, written_with False (fun _ => True) f /\ defines sigma f (fun w => L w = true)) <->
  definite sigma L.
Proof.
  split; [intros (f & W & D); now apply (past_free_definite sigma L f) |].
  intros D. apply definite_iff in D as (f & W & D). exists f. split; [| exact D].
  eapply written_monotone; try exact W; easy.
Qed.

(* ---- automata ---- *)

Lemma forgetful_definite sigma A size : finite sigma A size -> forgetful sigma A ->
  definite sigma (fun w => accepting A (run A 0 w)).
Proof.
  intros F G. exists (size * size). intros u u' v U U' V L. f_equal. rewrite !run_app.
  set (p := run A 0 u). set (q := run A 0 u').
  assert (P : reached sigma A p) by now exists u.
  assert (Q : reached sigma A q) by now exists u'.
  destruct (return_together sigma A size F p q v P Q V L) as (x & e & z & -> & N & E & E').
  rewrite !run_app. do 2 f_equal. apply (G _ _ e); try assumption.
  - apply reached_run; [exact P |]. intros c C. apply V, in_or_app. now left.
  - apply reached_run; [exact Q |]. intros c C. apply V, in_or_app. now left.
  - intros c C. apply V, in_or_app. right. apply in_or_app. now left.
Qed.

Lemma definite_forgetful sigma A : minimal sigma A ->
  definite sigma (fun w => accepting A (run A 0 w)) -> forgetful sigma A.
Proof.
  intros M (n & D) p q e (x & X & <-) (y & Y & <-) I N E E'.
  apply M; [now exists x | now exists y |]. intros z Z.
  assert (P : incl (power e n) sigma) by now apply power_incl.
  specialize (D x y (power e n ++ z) X Y). rewrite !run_app in D.
  rewrite (run_power A _ e n E), (run_power A _ e n E') in D. apply D.
  - now apply incl_app.
  - rewrite app_length, power_length. destruct e; [easy | simpl length; nia].
Qed.

Theorem forgetful_iff sigma A size : finite sigma A size -> minimal sigma A ->
  (exists f, ltl_yesterday f /\ recognised sigma A f) <-> forgetful sigma A.
Proof.
  intros F M. unfold recognised. rewrite (definite_iff sigma (fun w => accepting A (run A 0 w))).
  split; [now apply definite_forgetful | now apply (forgetful_definite sigma A size)].
Qed.
