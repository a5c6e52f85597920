(* Runs of automata: the states along a word, and what returns because there are finitely many.

   Source: standard; nothing here knows of formulas.
   Assumes: a finite automaton where something has to return.

   Proved: `state` along a word (state_next, state_later), how many different ones so far (seen_few,
   seen_new); a state that is reached is reached by a short word (reach_decided); two runs of a long
   word return together (return_together). *)
Require Import List Bool PeanoNat Wf_nat Lia.
From Locality Require Import Temporal TemporalFacts Automata.
Import ListNotations.

Lemma run_app A q u v : run A q (u ++ v) = run A (run A q u) v.
Proof. apply fold_left_app. Qed.

Lemma run_power A q u n : run A q u = q -> run A q (power u n) = q.
Proof. intros E. induction n as [| n IH]; [easy |]. now rewrite power_S, run_app, E. Qed.

Lemma part_incl (w : word) sigma i k : incl w sigma -> incl (firstn k (skipn i w)) sigma.
Proof.
  intros I a H. apply I. rewrite <- (firstn_skipn i w). apply in_or_app. right.
  rewrite <- (firstn_skipn k (skipn i w)). apply in_or_app. now left.
Qed.

Lemma twice (l : list nat) : ~ NoDup l -> exists a l1 l2 l3, l = l1 ++ a :: l2 ++ a :: l3.
Proof.
  induction l as [| x l IH]; intros N; [exfalso; apply N; constructor |].
  destruct (in_dec Nat.eq_dec x l) as [I | O].
  - apply in_split in I as (l2 & l3 & ->). now exists x, [], l2, l3.
  - destruct IH as (a & l1 & l2 & l3 & ->).
    + intros D. apply N. now constructor.
    + now exists a, (x :: l1), l2, l3.
Qed.

(* more values than room for them *)
Lemma repeats (f : nat -> nat) M N : (forall i, i <= N -> f i < M) -> M <= N ->
  exists i j, i < j <= N /\ f i = f j.
Proof.
  intros B L. destruct (twice (map f (seq 0 (S N))))
    as (a & l1 & l2 & l3 & E).
  - intros N'. apply NoDup_incl_length with (l' := seq 0 M) in N'.
    + rewrite map_length, !seq_length in N'. lia.
    + intros x I. apply in_map_iff in I as (i & <- & I). apply in_seq in I. apply in_seq.
      specialize (B i). lia.
  - assert (place : forall k, nth_error (l1 ++ a :: l2 ++ a :: l3) k = Some a -> k <= N /\ f k = a).
    { intros k K. rewrite <- E in K. assert (k < S N).
      { rewrite <- (seq_length (S N) 0), <- (map_length f). apply nth_error_Some. congruence. }
      rewrite (map_nth_error f k (seq 0 (S N)) (d := k)) in K.
      - injection K. split; [lia | easy].
      - rewrite (nth_error_nth' _ 0) by now rewrite seq_length. now rewrite seq_nth. }
    destruct (place (length l1)) as [_ F].
    { now rewrite nth_error_app2, Nat.sub_diag. }
    destruct (place (length (l1 ++ a :: l2))) as [K F'].
    { replace (l1 ++ a :: l2 ++ a :: l3) with ((l1 ++ a :: l2) ++ a :: l3) by
        now rewrite <- app_assoc.
      now rewrite nth_error_app2, Nat.sub_diag. }
    exists (length l1), (length (l1 ++ a :: l2)). split; [| congruence].
    rewrite app_length in *. simpl in *. lia.
Qed.

Section Runs.
  Context (sigma : list nat) (A : automaton) (size : nat) (in_size : finite sigma A size).

  Lemma reached_run q u : reached sigma A q -> incl u sigma -> reached sigma A (run A q u).
  Proof.
    intros (w & W & <-) U. exists (w ++ u). split; [now apply incl_app | apply run_app].
  Qed.

  Lemma run_cut q u i : run A (run A q (firstn i u)) (skipn i u) = run A q u.
  Proof. now rewrite <- run_app, firstn_skipn. Qed.

  Lemma incl_firstn i (u : word) : incl u sigma -> incl (firstn i u) sigma.
  Proof. intros U. apply (part_incl u sigma 0 i U). Qed.

  (* ---- what is reached, by few letters ---- *)

  Definition reach (p q : nat) : Prop := exists u, incl u sigma /\ run A p u = q.
  Definition reaches (p q : nat) : bool :=
    existsb (fun u => run A p u =? q) (flat_map (words sigma) (seq 0 (S size))).

  Lemma short_way p u : reached sigma A p -> incl u sigma ->
    exists v, incl v sigma /\ run A p v = run A p u /\ length v <= size.
  Proof.
    intros R. remember (length u) as n eqn:L. revert u L.
    induction n as [n IH] using lt_wf_ind. intros u L U.
    destruct (Nat.le_gt_cases n size) as [S | G]; [exists u; now rewrite <- L |].
    destruct (repeats (fun i => run A p (firstn i u)) size n) as (i & j & I & E).
    - intros i _. apply in_size, reached_run; [exact R | now apply incl_firstn].
    - lia.
    - simpl in E. assert (F : run A p (firstn i u ++ skipn j u) = run A p u).
      { now rewrite run_app, E, run_cut. }
      rewrite <- F. apply (IH (length (firstn i u ++ skipn j u))); [| easy |].
      + rewrite app_length, firstn_length, skipn_length. lia.
      + apply incl_app; [now apply incl_firstn |]. intros a I'. apply U.
        rewrite <- (firstn_skipn j u). apply in_or_app. now right.
  Qed.

  Lemma reach_decided p q : reached sigma A p -> reaches p q = true <-> reach p q.
  Proof.
    intros R. unfold reaches. rewrite existsb_exists. split.
    - intros (u & I & E). apply in_flat_map in I as (n & _ & I). apply in_words in I as [_ I].
      exists u. now apply Nat.eqb_eq in E.
    - intros (u & U & E). destruct (short_way p u R U) as (v & V & F & S).
      exists v. split; [| apply Nat.eqb_eq; congruence]. apply in_flat_map. exists (length v).
      split; [apply in_seq; lia | now apply in_words].
  Qed.

  (* ---- two runs of a long word ---- *)

  Lemma return_together p q v : reached sigma A p -> reached sigma A q -> incl v sigma ->
    size * size <= length v ->
    exists u e z, v = u ++ e ++ z /\ e <> [] /\
      run A (run A p u) e = run A p u /\ run A (run A q u) e = run A q u.
  Proof.
    intros P Q V L. set (f i := run A p (firstn i v)). set (g i := run A q (firstn i v)).
    assert (F : forall i, f i < size).
    { intros i. apply in_size, reached_run; [exact P | now apply incl_firstn]. }
    assert (G : forall i, g i < size).
    { intros i. apply in_size, reached_run; [exact Q | now apply incl_firstn]. }
    destruct (repeats (fun i => f i * size + g i) (size * size) (length v)) as (i & j & I & E).
    - intros i _. specialize (F i). specialize (G i). nia.
    - exact L.
    - assert (f i = f j /\ g i = g j) as [Ef Eg].
      { pose proof (Nat.div_mod_unique size (f i) (f j) (g i) (g j) (G i) (G j)). lia. }
      assert (cut : firstn j v = firstn i v ++ firstn (j - i) (skipn i v)).
      { rewrite <- (firstn_skipn i (firstn j v)), firstn_firstn, skipn_firstn_comm.
        now replace (Nat.min i j) with i by lia. }
      exists (firstn i v), (firstn (j - i) (skipn i v)), (skipn j v).
      split; [now rewrite app_assoc, <- cut, firstn_skipn |]. split.
      + intros N. apply (f_equal (@length nat)) in N.
        rewrite firstn_length, skipn_length in N. simpl in N. lia.
      + now rewrite <- !run_app, <- cut.
  Qed.

  (* ---- the states along a word ---- *)

  Section Word.
    Context (w : word) (over : incl w sigma).

    Definition state (i : nat) : nat := run A 0 (firstn i w).

    Lemma state_next i a : nth_error w i = Some a -> state (S i) = step A (state i) a.
    Proof. intros E. unfold state. now rewrite (firstn_next w i a E), run_app. Qed.

    Lemma state_reached i : reached sigma A (state i).
    Proof. exists (firstn i w). split; [now apply incl_firstn | easy]. Qed.

    Lemma state_later i k : state (i + k) = run A (state i) (firstn k (skipn i w)).
    Proof.
      unfold state. rewrite <- run_app. f_equal.
      rewrite <- (firstn_skipn i w) at 1. rewrite firstn_app, firstn_firstn, firstn_length.
      replace (Nat.min (i + k) i) with i by lia.
      destruct (Nat.le_gt_cases i (length w)).
      - do 2 f_equal. lia.
      - rewrite skipn_all2 by lia. now rewrite !firstn_nil.
    Qed.

    Lemma state_reach i j : i <= j -> reach (state i) (state j).
    Proof.
      intros L. exists (firstn (j - i) (skipn i w)). split; [now apply part_incl |].
      rewrite <- state_later. f_equal. lia.
    Qed.

    (* the different ones so far *)
    Definition seen (i : nat) : list nat := nodup Nat.eq_dec (map state (seq 0 (S i))).

    Lemma in_seen q i : In q (seen i) <-> exists j, j <= i /\ state j = q.
    Proof.
      unfold seen. rewrite nodup_In, in_map_iff. split.
      - intros (j & E & J). apply in_seq in J. exists j. split; [lia | exact E].
      - intros (j & J & E). exists j. split; [exact E |]. apply in_seq. lia.
    Qed.

    Lemma seen_new i j q : j < i -> state i = q -> ~ In q (seen j) ->
      length (seen j) < length (seen i).
    Proof.
      intros J S N. apply (NoDup_incl_length (l := q :: seen j)).
      - constructor; [exact N | apply NoDup_nodup].
      - intros p [<- | I]; apply in_seen; [now exists i |].
        apply in_seen in I as (k & K & E). exists k. split; [lia | exact E].
    Qed.

    Lemma seen_some i : 1 <= length (seen i).
    Proof.
      assert (I : In (state i) (seen i)) by (apply in_seen; now exists i).
      destruct (seen i); [easy | simpl; lia].
    Qed.

    Lemma seen_few i : length (seen i) <= size.
    Proof.
      rewrite <- (seq_length size 0). apply NoDup_incl_length; [apply NoDup_nodup |].
      intros q I. apply in_seen in I as (j & _ & <-). apply in_seq.
      pose proof (in_size (state j) (state_reached j)). lia.
    Qed.
  End Word.
End Runs.
