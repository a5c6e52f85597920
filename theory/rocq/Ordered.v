(* classes, LTL[P] -- the automata in which no way leads back.

   Source: expressivity, for the class and its algebra (R-trivial); the formula and both proofs by
   automata are ours.
   Assumes: an alphabet sigma; minimal automata for what formulas cannot say, finite ones for what
   they can.

   Proved: the minimal automaton of a formula with P alone has no way back (past_ordered), and with
   windows beside P none between states that the same word keeps (past_window_ordered); every finite
   automaton without a way back has a formula with P alone (ordered_past). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts Automata LastLetters Blocks Runs.
Import ListNotations.

(* ---- what formulas cannot say ---- *)

Lemma recognised_same sigma A f x y z :
  recognised sigma A f -> incl x sigma -> incl y sigma -> incl z sigma ->
  accepted f (x ++ z) = accepted f (y ++ z) ->
  accepting A (run A (run A 0 x) z) = accepting A (run A (run A 0 y) z).
Proof.
  intros R X Y Z E. rewrite <- !run_app. apply same_truth.
  rewrite <- (R (x ++ z)), <- (R (y ++ z)) by now apply incl_app. now rewrite E.
Qed.

Theorem past_window_ordered sigma A f :
  minimal sigma A -> written_with True (fun _ => True) f -> recognised sigma A f ->
  locally_ordered sigma A.
Proof.
  intros M W R q e u v (x & X & <-) I U V N E E' B.
  destruct (bounded_windows True f W) as (h & H). set (q := run A 0 x) in *.
  set (d := depth f). set (long := power e (h * d)).
  assert (long_sigma : incl long sigma) by now apply power_incl.
  assert (loop : run A q (power (u ++ long ++ v ++ long) (S d)) = q).
  { apply run_power. rewrite !run_app in *. unfold long.
    rewrite (run_power A (run A q u) e) by exact E'. rewrite B. now apply run_power. }
  assert (P : incl (power (u ++ long ++ v ++ long) (S d)) sigma).
  { apply power_incl. apply incl_app; [exact U |]. apply incl_app; [| apply incl_app]; assumption. }
  set (w := x ++ long ++ power (u ++ long ++ v ++ long) (S d)).
  assert (Wq : run A 0 w = q).
  { unfold w, long. rewrite !run_app. fold q. rewrite (run_power A q e) by exact E. exact loop. }
  assert (Wu : run A 0 (w ++ u ++ long) = run A q u).
  { rewrite !run_app, Wq. now apply run_power. }
  assert (Iw : incl w sigma) by (apply incl_app; [exact X | now apply incl_app]).
  assert (Iu : incl (w ++ u ++ long) sigma) by (apply incl_app; [exact Iw | now apply incl_app]).
  symmetry. apply M; [now exists w | now exists (w ++ u ++ long) |].
  intros z Z. pose proof (recognised_same sigma A f w (w ++ u ++ long) z R Iw Iu Z) as same.
  rewrite Wq, Wu in same. apply same.
  unfold w. rewrite <- !app_assoc. apply (blocks_agree x long u v z (S d) h f H); [lia |].
  unfold long. rewrite power_length. destruct e; [easy | simpl length; fold d; nia].
Qed.

Theorem past_ordered sigma A f :
  minimal sigma A -> ltl_past f -> recognised sigma A f -> ordered sigma A.
Proof.
  intros M W R q u v (x & X & <-) U V B. set (q := run A 0 x) in *. set (d := depth f).
  assert (loop : run A q (power (u ++ v) (S d)) = q) by now apply run_power.
  set (w := x ++ power (u ++ v) (S d)).
  assert (Wq : run A 0 w = q) by (unfold w; now rewrite run_app).
  assert (Wu : run A 0 (w ++ u) = run A q u) by now rewrite run_app, Wq.
  assert (Iw : incl w sigma).
  { apply incl_app; [exact X |]. apply power_incl. now apply incl_app. }
  assert (Iu : incl (w ++ u) sigma) by now apply incl_app.
  symmetry. apply M; [now exists w | now exists (w ++ u) |].
  intros z Z. pose proof (recognised_same sigma A f w (w ++ u) z R Iw Iu Z) as same.
  rewrite Wq, Wu in same. apply same.
  unfold w. rewrite <- !app_assoc. apply (rounds_agree x u v z (S d) f W). lia.
Qed.

(* ---- what they can ---- *)

(* formulas that say which state the word leads to say whether it is accepted *)
Lemma told_by_states sigma A size (told : nat -> formula) :
  finite sigma A size ->
  (forall w, incl w sigma -> forall q i, i <= length w ->
     truth (told q) w i = true <-> state A w i = q) ->
  recognised sigma A (any (map told (filter (accepting A) (seq 0 size)))).
Proof.
  intros F exact w over. unfold accepted. rewrite truth_any.
  assert (whole : state A w (length w) = run A 0 w) by (unfold state; now rewrite firstn_all).
  rewrite <- whole. split.
  - intros (f & I & T). apply in_map_iff in I as (q & <- & I). apply filter_In in I as [_ I].
    apply (exact w over) in T; [now rewrite T | easy].
  - intros T. exists (told (state A w (length w))). split.
    + apply in_map_iff. eexists. split; [reflexivity |]. apply filter_In. split; [| exact T].
      apply in_seq. split; [lia |]. apply F, state_reached. exact over.
    + now apply (exact w over).
Qed.

Section Formula.
  Context (sigma : list nat) (A : automaton) (size : nat).

  (* q has been entered, as `entered` says from then on, and no letter has left it *)
  Definition stays (entered : formula) (q : nat) : formula :=
    And entered (Not (any (map (fun a => Past (And (Letter a) entered))
      (filter (fun a => negb (step A q a =? q)) sigma)))).

  Definition starts (q : nat) : formula := if q =? 0 then Top else Not Top.

  (* q has been entered, through no more than n other states *)
  Fixpoint entered (n q : nat) : formula :=
    match n with
    | O => starts q
    | S m => Or (starts q) (any (flat_map
        (fun p => map (fun a => Past (And (Letter a) (stays (entered m p) p)))
          (filter (fun a => step A p a =? q) sigma)) (seq 0 size)))
    end.

  Definition state_formula (q : nat) : formula := stays (entered size q) q.
  Definition ordered_formula : formula :=
    any (map state_formula (filter (accepting A) (seq 0 size))).

  Lemma stays_written f q : ltl_past f -> ltl_past (stays f q).
  Proof.
    intros W. split; [exact W |]. simpl. apply written_any. intros g G.
    apply in_map_iff in G as (a & <- & _). now repeat split.
  Qed.

  Lemma starts_written q : ltl_past (starts q).
  Proof. unfold starts. now destruct (q =? 0). Qed.

  Lemma entered_written n : forall q, ltl_past (entered n q).
  Proof.
    induction n as [| n IH]; intros q; [apply starts_written |].
    split; [apply starts_written |]. apply written_any. intros g G.
    apply in_flat_map in G as (p & _ & G). apply in_map_iff in G as (a & <- & _).
    split; [easy |]. split; [easy |]. apply stays_written, IH.
  Qed.

  Lemma ordered_written : ltl_past ordered_formula.
  Proof.
    apply written_any. intros g G. apply in_map_iff in G as (q & <- & _).
    apply stays_written, entered_written.
  Qed.

  Section Word.
    Context (w : word) (over : incl w sigma).

    Local Notation state := (state A w).
    Local Notation seen := (seen A w).

    Lemma truth_stays f q i :
      truth (stays f q) w i = true <->
      truth f w i = true /\
      forall j a, j < i -> nth_error w j = Some a -> truth f w j = true -> step A q a = q.
    Proof.
      unfold stays. rewrite truth_and, truth_not, truth_any. split; intros [E N]; split; auto.
      - intros j a J L T. destruct (Nat.eqb_spec (step A q a) q) as [| D]; [easy |].
        exfalso. apply N. exists (Past (And (Letter a) f)). split.
        + apply in_map_iff. exists a. split; [easy |]. apply filter_In.
          split; [apply over; now apply nth_error_In in L |]. now apply negb_true_iff, Nat.eqb_neq.
        + apply truth_past. exists j. split; [exact J |]. now rewrite truth_and, truth_letter.
      - intros (g & G & T). apply in_map_iff in G as (a & <- & F). apply filter_In in F as [_ F].
        apply negb_true_iff, Nat.eqb_neq in F. apply truth_past in T as (j & J & T).
        apply truth_and in T as [L T]. apply truth_letter in L. now apply F, (N j a).
    Qed.

    Lemma truth_starts q i : truth (starts q) w i = true <-> q = 0.
    Proof. unfold starts. destruct (Nat.eqb_spec q 0); simpl; easy. Qed.

    Lemma truth_entered n q i :
      truth (entered (S n) q) w i = true <->
      q = 0 \/ exists j a p, j < i /\ nth_error w j = Some a /\ p < size /\ step A p a = q /\
        truth (stays (entered n p) p) w j = true.
    Proof.
      cbn [entered]. rewrite truth_or, truth_starts, truth_any.
      apply or_iff_compat_l. split.
      - intros (g & G & T). apply in_flat_map in G as (p & P & G). apply in_seq in P.
        apply in_map_iff in G as (a & <- & F). apply filter_In in F as [_ F].
        apply Nat.eqb_eq in F. apply truth_past in T as (j & J & T).
        apply truth_and in T as [L T]. apply truth_letter in L.
        exists j, a, p. repeat split; auto. lia.
      - intros (j & a & p & J & L & P & S & T).
        exists (Past (And (Letter a) (stays (entered n p) p))). split.
        + apply in_flat_map. exists p. split; [apply in_seq; lia |].
          apply in_map_iff. exists a. split; [easy |]. apply filter_In.
          split; [apply over; now apply nth_error_In in L | now apply Nat.eqb_eq].
        + apply truth_past. exists j. split; [exact J |]. now rewrite truth_and, truth_letter.
    Qed.

    (* nothing but the truth: by what was entered, and what has not left *)
    Lemma stays_sound f q i : i <= length w ->
      (exists j, j <= i /\ state j = q /\ forall k, j <= k -> truth f w k = true) ->
      truth (stays f q) w i = true -> state i = q.
    Proof.
      intros I (j & J & S & T) F. apply truth_stays in F as [_ F].
      assert (every : forall k, j + k <= i -> state (j + k) = q).
      { induction k as [| k IH]; intros K; [now rewrite Nat.add_0_r |].
        rewrite Nat.add_succ_r. destruct (nth_error w (j + k)) as [a |] eqn:L.
        - rewrite (state_next A w _ a L), IH by lia. apply (F (j + k) a); [lia | exact L |].
          apply T. lia.
        - apply nth_error_None in L. lia. }
      replace i with (j + (i - j)) by lia. apply every. lia.
    Qed.

    Lemma entered_sound n : forall q i, i <= length w -> truth (entered n q) w i = true ->
      exists j, j <= i /\ state j = q /\ forall k, j <= k -> truth (entered n q) w k = true.
    Proof.
      induction n as [| n IH]; intros q i I T.
      - apply truth_starts in T as ->. exists 0. split; [lia |]. now split.
      - apply truth_entered in T as [-> | (j & a & p & J & L & P & E & T)].
        + exists 0. split; [lia |]. split; [easy |]. intros k _. apply truth_entered. now left.
        + exists (S j). split; [lia |]. split.
          * rewrite (state_next A w j a L), (stays_sound (entered n p) p j); auto; [lia |].
            apply (IH p j); [lia |]. now apply truth_stays in T.
          * intros k K. apply truth_entered. right. exists j, a, p. repeat split; auto.
    Qed.

    Lemma state_sound n q i : i <= length w ->
      truth (stays (entered n q) q) w i = true -> state i = q.
    Proof.
      intros I T. apply (stays_sound (entered n q) q i I); [| exact T].
      apply (entered_sound n q i I). now apply truth_stays in T.
    Qed.

    (* the whole truth, if no way leads back *)
    Context (in_size : finite sigma A size) (no_way_back : ordered sigma A).

    (* between two places with one state there is no other *)
    Lemma state_between i j k : i <= j <= k -> state i = state k -> state j = state i.
    Proof.
      intros B E. replace k with (i + (j - i) + (k - j)) in E by lia.
      rewrite !state_later in E. replace j with (i + (j - i)) by lia. rewrite state_later.
      rewrite <- run_app in E. symmetry in E. revert E.
      apply no_way_back; [now apply state_reached | now apply part_incl | now apply part_incl].
    Qed.

    Lemma last_entry q i : state i = q ->
      exists j, j <= i /\ state j = q /\ (j = 0 \/ exists k, j = S k /\ state k <> q).
    Proof.
      induction i as [| i IH]; intros E; [exists 0; auto |].
      destruct (Nat.eq_dec (state i) q) as [S | N].
      - destruct (IH S) as (j & J & R). exists j. split; [lia | exact R].
      - exists (S i). split; [easy |]. split; [exact E |]. right. now exists i.
    Qed.

    Lemma no_leaving n q i j a : i <= length w -> state i = q -> j < i ->
      nth_error w j = Some a -> truth (entered n q) w j = true -> step A q a = q.
    Proof.
      intros I E J L T. apply entered_sound in T as (k & K & F & _); [| lia].
      assert (Fj : state j = q) by (rewrite <- F; apply (state_between k j i); [lia | congruence]).
      assert (Fs : state (S j) = q) by
        (rewrite <- F; apply (state_between k (S j) i); [lia | congruence]).
      now rewrite (state_next A w j a L), Fj in Fs.
    Qed.

    Lemma entry_new q i k : state i = q -> k < i -> state k <> q ->
      length (seen k) < length (seen i).
    Proof.
      intros E K N. apply (seen_new A w i k q); [exact K | exact E |]. intros B.
      apply in_seen in B as (m & M & B). apply N. rewrite <- B.
      apply (state_between m k i); [lia | congruence].
    Qed.

    Lemma state_complete n : forall q i, i <= length w -> state i = q ->
      length (seen i) <= S n -> truth (stays (entered n q) q) w i = true.
    Proof.
      induction n as [| n IH]; intros q i I E F; apply truth_stays;
        (split; [| intros j a; now apply no_leaving]);
        destruct (last_entry q i E) as (j & J & Q & [-> | (k & -> & N)]).
      - now apply truth_starts.
      - exfalso. pose proof (seen_some A w k). pose proof (entry_new q i k E J N). lia.
      - apply truth_entered. now left.
      - apply truth_entered. right. destruct (nth_error w k) as [a |] eqn:L;
          [| apply nth_error_None in L; lia].
        pose proof (entry_new q i k E J N). exists k, a, (state k).
        split; [lia |]. split; [exact L |]. split; [now apply in_size, state_reached |].
        split; [now rewrite <- (state_next A w k a L) |]. apply IH; [lia | easy | lia].
    Qed.

    Lemma state_exact q i : i <= length w -> truth (state_formula q) w i = true <-> state i = q.
    Proof.
      intros I. split; [now apply state_sound |]. intros E. apply state_complete; auto.
      pose proof (seen_few sigma A size in_size w over i). lia.
    Qed.
  End Word.

  Theorem ordered_exact :
    finite sigma A size -> ordered sigma A -> recognised sigma A ordered_formula.
  Proof.
    intros F O. apply told_by_states; [exact F |]. intros w over q i I. now apply state_exact.
  Qed.
End Formula.

Theorem past_iff sigma A size : finite sigma A size -> minimal sigma A ->
  (exists f, ltl_past f /\ recognised sigma A f) <-> ordered sigma A.
Proof.
  intros F M. split.
  - intros (f & W & R). now apply (past_ordered sigma A f).
  - intros O. exists (ordered_formula sigma A size).
    split; [apply ordered_written | now apply ordered_exact].
Qed.
