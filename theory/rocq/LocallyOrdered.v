(* classes, LTL[P,Y] -- the automata in which a way back is told by the last letters.

   Source: expressivity, for the class and its algebra (locally R-trivial); the formula is ours.
   Assumes: a finite automaton over sigma, where no two states that reach each other are kept by one
   word that is not empty.

   Proved: in a component the state is told by the last size^2 letters, if all were read there
   (told_by_the_last); so with the letters since it was entered, and P for whether it was, "the
   state is q" has a formula (state_exact), and the language too (locally_ordered_exact). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts Automata Definite Runs Ordered.
Import ListNotations.

Section Formula.
  Context (sigma : list nat) (A : automaton) (size : nat).

  (* that many letters are enough *)
  Definition few : nat := size * size.
  Definition states : list nat := seq 0 size.

  Definition together (p q : nat) : bool := reaches sigma A size p q && reaches sigma A size q p.
  Definition component (q : nat) : list nat := filter (together q) states.

  Section Inner.
    (* formulas that say of each state that here it is entered from another component *)
    Context (fresh : nat -> formula).

    (* the component of q has been entered, here or before *)
    Definition inside_of (q : nat) : formula :=
      any (map (fun r => Or (fresh r) (Past (fresh r))) (component q)).

    (* the letters since then lead to q, or so many that the last are enough *)
    Definition since_entered (q : nat) : formula :=
      any (flat_map (fun r => map (fun v => trail (fresh r) (rev v))
            (filter (fun v => run A r v =? q) (flat_map (words sigma) (seq 0 few))))
          (component q)).
    Definition by_the_last (q : nat) : formula :=
      any (flat_map (fun p => map (fun v => trail (inside_of q) (rev v))
            (filter (fun v => run A p v =? q) (words sigma few)))
          (component q)).
    Definition guess (q : nat) : formula := Or (since_entered q) (by_the_last q).

    (* it has been left, from some state of it *)
    Definition has_left (q : nat) : formula :=
      any (flat_map (fun s => map (fun a => Past (And (Letter a) (guess s)))
            (filter (fun a => negb (together s (step A s a))) sigma))
          (component q)).

    Definition is_at (q : nat) : formula := And (guess q) (Not (has_left q)).
  End Inner.

  Definition at_start (q : nat) : formula := if q =? 0 then beginning else Not Top.

  (* q is entered here, and no more than n other components were before *)
  Fixpoint fresh (n q : nat) : formula :=
    match n with
    | O => at_start q
    | S m => Or (at_start q) (any (flat_map
        (fun p => map (fun a => Within 1 (And (Letter a) (is_at (fresh m) p)))
          (filter (fun a => (step A p a =? q) && negb (together p q)) sigma)) states))
    end.

  Definition state_formula (q : nat) : formula := is_at (fresh size) q.
  Definition locally_ordered_formula : formula :=
    any (map state_formula (filter (accepting A) states)).

  (* ---- it is written with P and Y ---- *)

  Lemma trail_written past start r :
    written_with past (eq 1) start -> written_with past (eq 1) (trail start r).
  Proof. intros W. induction r as [| c r IH]; [exact W | now repeat split]. Qed.

  Lemma is_at_written f q :
    (forall r, ltl_past_yesterday (f r)) -> ltl_past_yesterday (is_at f q).
  Proof.
    intros F.
    assert (I : forall q, ltl_past_yesterday (inside_of f q)).
    { intros p. apply written_any. intros g G. apply in_map_iff in G as (r & <- & _).
      split; [apply F | split; [easy | apply F]]. }
    assert (G : forall q, ltl_past_yesterday (guess f q)).
    { intros p. split; apply written_any; intros g G; apply in_flat_map in G as (r & _ & G);
        apply in_map_iff in G as (v & <- & _); apply trail_written; [apply F | apply I]. }
    split; [apply G |]. apply written_any. intros g H. apply in_flat_map in H as (s & _ & H).
    apply in_map_iff in H as (a & <- & _). split; [easy |]. split; [easy |]. apply G.
  Qed.

  Lemma fresh_written n : forall q, ltl_past_yesterday (fresh n q).
  Proof.
    assert (O : forall q, ltl_past_yesterday (at_start q)).
    { intros q. unfold at_start. destruct (q =? 0); now repeat split. }
    induction n as [| n IH]; intros q; [apply O |]. split; [apply O |]. apply written_any.
    intros g G. apply in_flat_map in G as (p & _ & G). apply in_map_iff in G as (a & <- & _).
    split; [easy |]. split; [easy |]. now apply is_at_written.
  Qed.

  Lemma locally_ordered_written : ltl_past_yesterday locally_ordered_formula.
  Proof.
    apply written_any. intros g G. apply in_map_iff in G as (q & <- & _).
    apply is_at_written, fresh_written.
  Qed.

  (* ---- components ---- *)

  Context (in_size : finite sigma A size).

  Lemma together_iff p q : reached sigma A p -> reached sigma A q ->
    together p q = true <-> reach sigma A p q /\ reach sigma A q p.
  Proof.
    intros P Q. unfold together. now rewrite andb_true_iff, !reach_decided.
  Qed.

  Lemma reach_trans p q r : reach sigma A p q -> reach sigma A q r -> reach sigma A p r.
  Proof.
    intros (u & U & <-) (v & V & <-). exists (u ++ v). split; [now apply incl_app |].
    apply run_app.
  Qed.

  Lemma reach_refl p : reach sigma A p p.
  Proof. now exists []. Qed.

  Lemma in_component p q : reached sigma A p -> reached sigma A q ->
    In p (component q) <-> reach sigma A p q /\ reach sigma A q p.
  Proof.
    intros P Q. unfold component, states. rewrite filter_In, in_seq, together_iff by assumption.
    specialize (in_size p P). split; [intuition | split; [lia | intuition]].
  Qed.

  Lemma reached_reach p q : reached sigma A p -> reach sigma A p q -> reached sigma A q.
  Proof. intros P (u & U & <-). now apply reached_run. Qed.

  Lemma component_back p q : reached sigma A p -> In p (component q) ->
    reached sigma A q /\ reach sigma A p q /\ reach sigma A q p.
  Proof.
    intros P I. enough (Q : reached sigma A q) by (split; [exact Q | now apply in_component]).
    apply filter_In in I as [_ T]. apply andb_true_iff in T as [_ T].
    apply (reached_reach p q P). now apply (reach_decided sigma A size in_size p q P).
  Qed.

  Lemma component_forth p q : reached sigma A q -> In p (component q) ->
    reached sigma A p /\ reach sigma A p q /\ reach sigma A q p.
  Proof.
    intros Q I. enough (P : reached sigma A p) by (split; [exact P | now apply in_component]).
    apply filter_In in I as [_ T]. apply andb_true_iff in T as [T _].
    apply (reached_reach q p Q). now apply (reach_decided sigma A size in_size q p Q).
  Qed.

  Context (local : locally_ordered sigma A).

  (* in a component, two runs of a long word that stay end in the same state *)
  Lemma told_by_the_last p q v : reached sigma A p -> reached sigma A q -> incl v sigma ->
    few <= length v -> reach sigma A (run A p v) q -> reach sigma A (run A q v) p ->
    run A p v = run A q v.
  Proof.
    intros P Q V L F B.
    destruct (return_together sigma A size in_size p q v P Q V L) as (u & e & z & -> & N & E & E').
    assert (U : incl u sigma) by (intros c C; apply V, in_or_app; now left).
    assert (I : incl e sigma).
    { intros c C. apply V, in_or_app. right. apply in_or_app. now left. }
    assert (Z : incl z sigma).
    { intros c C. apply V, in_or_app. right. apply in_or_app. now right. }
    rewrite !run_app, E, E' in *. f_equal.
    set (p' := run A p u) in *. set (q' := run A q u) in *.
    assert (there : reach sigma A p' q').
    { apply (reach_trans p' (run A p' z)); [now exists z |].
      apply (reach_trans _ q); [exact F | now exists u]. }
    assert (back : reach sigma A q' p').
    { apply (reach_trans q' (run A q' z)); [now exists z |].
      apply (reach_trans _ p); [exact B | now exists u]. }
    destruct there as (x & X & Ex), back as (y & Y & Ey).
    rewrite <- Ex. symmetry. apply (local p' e x y); try assumption.
    - now apply reached_run.
    - now rewrite Ex.
    - now rewrite run_app, Ex.
  Qed.
  Section Word.
    Context (w : word) (over : incl w sigma).
    Local Notation state := (state A w).
    Local Notation seen := (seen A w).

    Definition mutual (p q : nat) : Prop := reach sigma A p q /\ reach sigma A q p.
    Definition stays_with (q j i : nat) : Prop := forall k, j <= k <= i -> mutual (state k) q.
    Definition part (j i : nat) : word := firstn (i - j) (skipn j w).

    Lemma mutual_sym p q : mutual p q -> mutual q p.
    Proof. intros [F B]. now split. Qed.

    Lemma mutual_trans p q r : mutual p q -> mutual q r -> mutual p r.
    Proof. intros [F B] [F' B']. split; eapply reach_trans; eassumption. Qed.

    Lemma state_of i : reached sigma A (state i).
    Proof. now apply state_reached. Qed.

    Lemma state_part j i : j <= i -> state i = run A (state j) (part j i).
    Proof. intros L. unfold part. rewrite <- state_later. f_equal. lia. Qed.

    (* between two states of a component the run does not leave it *)
    Lemma stays_between q j i : j <= i -> state i = q -> mutual (state j) q -> stays_with q j i.
    Proof.
      intros J E [F B] k K. split.
      - rewrite <- E. apply state_reach; [exact over | lia].
      - apply (reach_trans q (state j)); [exact B |]. apply state_reach; [exact over | lia].
    Qed.

    (* ---- the formulas, unfolded ---- *)

    Lemma truth_trail_part start v i : i <= length w ->
      truth (trail start (rev v)) w i = true <->
      exists j, j <= i /\ v = part j i /\ truth start w j = true.
    Proof.
      intros I. rewrite truth_trail by exact I. rewrite rev_involutive. unfold part. split.
      - intros (u & E & T). exists (length u).
        assert (L : length u + length v = i).
        { rewrite <- app_length, <- E. now apply firstn_length_le. }
        split; [lia |]. split; [| exact T]. rewrite <- skipn_firstn_comm, E, skipn_app.
        now rewrite skipn_all, Nat.sub_diag.
      - intros (j & J & E & T). exists (firstn j w).
        rewrite firstn_length_le by lia. split; [| exact T].
        rewrite E, <- skipn_firstn_comm. rewrite <- (firstn_skipn j (firstn i w)) at 1.
        rewrite firstn_firstn. now replace (Nat.min j i) with j by lia.
    Qed.

    Lemma part_length j i : j <= i <= length w -> length (part j i) = i - j.
    Proof. intros L. unfold part. apply firstn_length_le. rewrite skipn_length. lia. Qed.

    Lemma part_over j i : incl (part j i) sigma.
    Proof. now apply part_incl. Qed.

    Lemma truth_inside f q i :
      truth (inside_of f q) w i = true <->
      exists r j, In r (component q) /\ j <= i /\ truth (f r) w j = true.
    Proof.
      unfold inside_of. rewrite truth_any. split.
      - intros (g & G & T). apply in_map_iff in G as (r & <- & R). exists r.
        apply truth_or in T as [T | T]; [now exists i |].
        apply truth_past in T as (j & J & T). exists j. split; [exact R |]. split; [lia | exact T].
      - intros (r & j & R & J & T). exists (Or (f r) (Past (f r))).
        split; [apply in_map_iff; now exists r |]. apply truth_or.
        destruct (Nat.eq_dec j i) as [<- | N]; [now left | right].
        apply truth_past. exists j. split; [lia | exact T].
    Qed.

    Lemma truth_since f q i : i <= length w ->
      truth (since_entered f q) w i = true <->
      exists r j, In r (component q) /\ j <= i < j + few /\ truth (f r) w j = true /\
        run A r (part j i) = q.
    Proof.
      intros I. unfold since_entered. rewrite truth_any. split.
      - intros (g & G & T). apply in_flat_map in G as (r & R & G).
        apply in_map_iff in G as (v & <- & V). apply filter_In in V as [V E].
        apply Nat.eqb_eq in E. apply in_flat_map in V as (n & N & V). apply in_seq in N.
        apply in_words in V as [V _]. apply truth_trail_part in T as (j & J & P & T); [| exact I].
        subst v. rewrite part_length in V by lia. exists r, j.
        split; [exact R |]. split; [lia |]. now split.
      - intros (r & j & R & J & T & E). exists (trail (f r) (rev (part j i))). split.
        + apply in_flat_map. exists r. split; [exact R |]. apply in_map_iff. exists (part j i).
          split; [easy |]. apply filter_In. split; [| now apply Nat.eqb_eq].
          apply in_flat_map. exists (i - j). split; [apply in_seq; lia |].
          apply in_words. split; [apply part_length; lia | apply part_over].
        + apply truth_trail_part; [exact I |]. exists j. split; [lia |]. now split.
    Qed.

    Lemma truth_last f q i : i <= length w ->
      truth (by_the_last f q) w i = true <->
      few <= i /\ exists p, In p (component q) /\ run A p (part (i - few) i) = q /\
        truth (inside_of f q) w (i - few) = true.
    Proof.
      intros I. unfold by_the_last. rewrite truth_any. split.
      - intros (g & G & T). apply in_flat_map in G as (p & P & G).
        apply in_map_iff in G as (v & <- & V). apply filter_In in V as [V E].
        apply Nat.eqb_eq in E. apply in_words in V as [V _].
        apply truth_trail_part in T as (j & J & F & T); [| exact I].
        subst v. rewrite part_length in V by lia. replace j with (i - few) in * by lia.
        split; [lia |]. now exists p.
      - intros (F & p & P & E & T). exists (trail (inside_of f q) (rev (part (i - few) i))). split.
        + apply in_flat_map. exists p. split; [exact P |]. apply in_map_iff.
          exists (part (i - few) i). split; [easy |]. apply filter_In.
          split; [| now apply Nat.eqb_eq]. apply in_words.
          split; [rewrite part_length; lia | apply part_over].
        + apply truth_trail_part; [exact I |]. exists (i - few). split; [lia |]. now split.
    Qed.

    Lemma truth_left f q i :
      truth (has_left f q) w i = true <->
      exists s j a, In s (component q) /\ j < i /\ nth_error w j = Some a /\
        together s (step A s a) = false /\ truth (guess f s) w j = true.
    Proof.
      unfold has_left. rewrite truth_any. split.
      - intros (g & G & T). apply in_flat_map in G as (s & S & G).
        apply in_map_iff in G as (a & <- & F). apply filter_In in F as [_ F].
        apply negb_true_iff in F. apply truth_past in T as (j & J & T).
        apply truth_and in T as [L T]. apply truth_letter in L. now exists s, j, a.
      - intros (s & j & a & S & J & L & F & T). exists (Past (And (Letter a) (guess f s))). split.
        + apply in_flat_map. exists s. split; [exact S |]. apply in_map_iff. exists a.
          split; [easy |]. apply filter_In.
          split; [apply over; now apply nth_error_In in L | now apply negb_true_iff].
        + apply truth_past. exists j. split; [exact J |]. now rewrite truth_and, truth_letter.
    Qed.

    (* ---- nothing but the truth, and all of it, once entries are known ---- *)

    Section Known.
      Context (f : nat -> formula)
        (entries : forall r j, j <= length w -> truth (f r) w j = true -> state j = r).

      Lemma guess_complete q i j r : j <= i <= length w -> truth (f r) w j = true ->
        stays_with q j i -> state i = q -> truth (guess f q) w i = true.
      Proof.
        intros L T S E. assert (R : state j = r) by (apply entries; [lia | exact T]).
        assert (Q : reached sigma A q) by (rewrite <- E; apply state_of).
        assert (C : forall k, j <= k <= i -> In (state k) (component q)).
        { intros k K. apply in_component; [apply state_of | exact Q | now apply S]. }
        apply truth_or. destruct (Nat.lt_ge_cases i (j + few)) as [N | F].
        - left. apply truth_since; [lia |]. exists r, j. rewrite <- R.
          split; [apply C; lia |]. split; [lia |]. split; [now rewrite R |].
          now rewrite <- state_part by lia.
        - right. apply truth_last; [lia |]. split; [lia |]. exists (state (i - few)).
          split; [apply C; lia |]. split; [now rewrite <- state_part by lia |].
          apply truth_inside. exists r, j. rewrite <- R at 1. split; [apply C; lia |].
          split; [lia | exact T].
      Qed.

      Lemma guess_sound q i : i <= length w -> truth (guess f q) w i = true ->
        exists j, j <= i /\ mutual (state j) q /\ truth (f (state j)) w j = true /\
          (stays_with q j i -> state i = q).
      Proof.
        intros I T. apply truth_or in T as [T | T].
        - apply truth_since in T as (r & j & R & J & T & E); [| exact I].
          pose proof (entries r j ltac:(lia) T) as S. subst r.
          apply component_back in R as [_ R]; [| apply state_of]. exists j.
          split; [lia |]. split; [exact R |]. split; [exact T |].
          intros _. now rewrite (state_part j i) by lia.
        - apply truth_last in T as (F & p & P & E & T); [| exact I].
          apply truth_inside in T as (r & j & R & J & T).
          pose proof (entries r j ltac:(lia) T) as S. subst r.
          apply component_back in R as [Q R]; [| apply state_of]. exists j.
          split; [lia |]. split; [exact R |]. split; [exact T |]. intros stays.
          apply component_forth in P as [P M]; [| exact Q].
          set (k := i - few) in *.
          assert (Mk : mutual (state k) q) by (apply stays; lia).
          assert (Mi : mutual (state i) q) by (apply stays; lia).
          rewrite (state_part k i) in * by lia. rewrite <- E.
          apply told_by_the_last.
          + apply state_of.
          + exact P.
          + apply part_over.
          + rewrite part_length; lia.
          + apply (mutual_trans _ q p Mi). now apply mutual_sym.
          + rewrite E. apply Mk.
      Qed.

      Lemma stays_unless_left q i j r : j <= i <= length w -> truth (f r) w j = true ->
        mutual r q -> reached sigma A q -> truth (has_left f q) w i <> true ->
        stays_with q j i.
      Proof.
        intros L T R Q N. assert (Er : state j = r) by (apply entries; [lia | exact T]). subst r.
        assert (every : forall d, j + d <= i -> stays_with q j (j + d)).
        { induction d as [| d IH]; intros D k K.
          - now replace k with j by lia.
          - destruct (Nat.eq_dec k (j + S d)) as [-> | O]; [| apply IH; lia].
            rewrite Nat.add_succ_r in *. set (m := j + d) in *.
            assert (Mm : mutual (state m) q) by (apply IH; lia).
            destruct (nth_error w m) as [a |] eqn:La; [| apply nth_error_None in La; lia].
            assert (Rn : reached sigma A (state (S m))) by apply state_of.
            rewrite (state_next A w m a La) in *.
            destruct (together (state m) (step A (state m) a)) eqn:Tg.
            + apply together_iff in Tg; [| apply state_of | exact Rn].
              apply (mutual_trans _ (state m)); [| exact Mm]. now apply mutual_sym.
            + exfalso. apply N, truth_left. exists (state m), m, a.
              split; [apply in_component; [apply state_of | exact Q | exact Mm] |].
              split; [lia |]. split; [exact La |]. split; [exact Tg |].
              apply (guess_complete (state m) m j (state j)); [lia | exact T | | easy].
              intros n H. apply (mutual_trans _ q); [apply IH; lia | now apply mutual_sym]. }
        replace i with (j + (i - j)) by lia. apply every. lia.
      Qed.

      Lemma is_at_sound q i : i <= length w -> truth (is_at f q) w i = true -> state i = q.
      Proof.
        intros I T. apply truth_and in T as [G N]. apply truth_not in N.
        apply guess_sound in G as (j & J & M & T & S); [| exact I]. apply S.
        assert (Q : reached sigma A q).
        { destruct M as [(u & U & <-) _]. apply reached_run; [apply state_of | exact U]. }
        now apply (stays_unless_left q i j (state j)).
      Qed.

      Lemma is_at_complete q i j : j <= i <= length w -> truth (f (state j)) w j = true ->
        stays_with q j i -> state i = q -> truth (is_at f q) w i = true.
      Proof.
        intros L T St E. apply truth_and. split; [now apply (guess_complete q i j (state j)) |].
        apply truth_not. intros H. apply truth_left in H as (s & k & a & H & K & La & N & G).
        assert (Q : reached sigma A q) by (rewrite <- E; apply state_of).
        apply component_forth in H as [R M]; [| exact Q].
        apply guess_sound in G as (m & Lm & Mm & _ & exact_s); [| lia].
        assert (whole : stays_with q m i).
        { apply stays_between; [lia | exact E | now apply (mutual_trans _ s)]. }
        assert (Es : state k = s).
        { apply exact_s. intros n Ln. apply (mutual_trans _ q); [apply whole; lia |].
          now apply mutual_sym. }
        assert (next : mutual (state (S k)) q) by (apply whole; lia).
        assert (Rn : reached sigma A (state (S k))) by apply state_of.
        rewrite (state_next A w k a La), Es in next, Rn.
        enough (together s (step A s a) = true) by congruence.
        apply together_iff; [exact R | exact Rn |]. apply (mutual_trans s q); [exact M |].
        now apply mutual_sym.
      Qed.
    End Known.

    (* ---- entries ---- *)

    Lemma truth_start q i : truth (at_start q) w i = true <-> q = 0 /\ i = 0.
    Proof.
      unfold at_start. destruct (Nat.eqb_spec q 0) as [-> | N].
      - rewrite truth_beginning. split; [now split | now intros [_ ->]].
      - split; [easy | now intros [-> _]].
    Qed.

    Lemma truth_fresh n q i :
      truth (fresh (S n) q) w i = true <->
      (q = 0 /\ i = 0) \/ exists j a p, i = S j /\ nth_error w j = Some a /\ In p states /\
        step A p a = q /\ together p q = false /\ truth (is_at (fresh n) p) w j = true.
    Proof.
      cbn [fresh]. rewrite truth_or, truth_start, truth_any. apply or_iff_compat_l. split.
      - intros (g & G & T). apply in_flat_map in G as (p & P & G).
        apply in_map_iff in G as (a & <- & F). apply filter_In in F as [_ F].
        apply andb_true_iff in F as [E N]. apply Nat.eqb_eq in E. apply negb_true_iff in N.
        apply truth_within in T as (j & J & T). apply truth_and in T as [L T].
        apply truth_letter in L. exists j, a, p. repeat split; auto. lia.
      - intros (j & a & p & -> & L & P & E & N & T).
        exists (Within 1 (And (Letter a) (is_at (fresh n) p))). split.
        + apply in_flat_map. exists p. split; [exact P |]. apply in_map_iff. exists a.
          split; [easy |]. apply filter_In.
          split; [apply over; now apply nth_error_In in L |].
          apply andb_true_iff. split; [now apply Nat.eqb_eq | now apply negb_true_iff].
        + apply truth_within. exists j. split; [lia |]. now rewrite truth_and, truth_letter.
    Qed.

    Lemma fresh_sound n : forall q i, i <= length w -> truth (fresh n q) w i = true -> state i = q.
    Proof.
      induction n as [| n IH]; intros q i I T.
      - apply truth_start in T as [-> ->]. easy.
      - apply truth_fresh in T as [[-> ->] | (j & a & p & -> & L & _ & E & _ & T)]; [easy |].
        rewrite (state_next A w j a L). apply is_at_sound in T; [| exact IH | lia]. now rewrite T.
    Qed.

    (* where the component of the state was entered *)
    Lemma last_entry q i : state i = q ->
      exists j, j <= i /\ stays_with q j i /\
        (j = 0 \/ exists k, j = S k /\ ~ mutual (state k) q).
    Proof.
      intros E. assert (Q : reached sigma A q) by (rewrite <- E; apply state_of).
      assert (search : forall d, d <= i -> exists j, j <= i /\ i - d <= j /\ stays_with q j i /\
                (j = i - d \/ exists k, j = S k /\ ~ mutual (state k) q)).
      { induction d as [| d IH]; intros D.
        - exists i. split; [easy |]. split; [lia |]. split; [| left; lia].
          intros k K. replace k with i by lia. rewrite E. split; apply reach_refl.
        - destruct IH as (j & J & B & St & [-> | X]); [lia | |].
          + destruct (together (state (i - S d)) q) eqn:T.
            * apply together_iff in T; [| apply state_of | exact Q]. exists (i - S d).
              split; [lia |]. split; [lia |]. split; [| now left].
              apply stays_between; [lia | exact E | exact T].
            * exists (i - d). split; [lia |]. split; [lia |]. split; [exact St |]. right.
              exists (i - S d). split; [lia |]. intros M.
              apply (together_iff _ _ (state_of _) Q) in M. congruence.
          + exists j. split; [exact J |]. split; [lia |]. split; [exact St | now right]. }
      destruct (search i (le_n i)) as (j & J & _ & S & X). exists j.
      split; [exact J |]. split; [exact S |]. destruct X as [-> | X]; [left; lia | now right].
    Qed.

    Lemma entry_new q i k : state i = q -> k < i -> ~ mutual (state k) q ->
      length (seen k) < length (seen i).
    Proof.
      intros E K N. apply (seen_new A w i k q); [exact K | exact E |]. intros B.
      apply in_seen in B as (m & M & B). apply N.
      apply (stays_between q m i); [lia | exact E | rewrite B; split; apply reach_refl | lia].
    Qed.

    Lemma state_complete n : forall q i, i <= length w -> state i = q ->
      length (seen i) <= S n -> truth (is_at (fresh n) q) w i = true.
    Proof.
      induction n as [| n IH]; intros q i I E F;
        destruct (last_entry q i E) as (j & J & St & [-> | (k & -> & N)]).
      - now apply (is_at_complete (fresh 0) (fresh_sound 0) q i 0).
      - exfalso. pose proof (seen_some A w k). pose proof (entry_new q i k E J N). lia.
      - now apply (is_at_complete (fresh (S n)) (fresh_sound _) q i 0).
      - apply (is_at_complete (fresh (S n)) (fresh_sound _) q i (S k)); auto.
        destruct (nth_error w k) as [a |] eqn:L; [| apply nth_error_None in L; lia].
        pose proof (entry_new q i k E J N). apply truth_fresh. right. exists k, a, (state k).
        split; [easy |]. split; [exact L |]. split.
        { apply in_seq. pose proof (in_size _ (state_of k)). lia. }
        split; [symmetry; now apply state_next |]. split; [| apply IH; [lia | easy | lia]].
        destruct (together (state k) (state (S k))) eqn:T; [exfalso | easy].
        apply together_iff in T; [| apply state_of | apply state_of]. apply N.
        apply (mutual_trans _ _ _ T). apply St. lia.
    Qed.

    Lemma state_exact q i : i <= length w -> truth (state_formula q) w i = true <-> state i = q.
    Proof.
      intros I. split; [apply is_at_sound; [apply fresh_sound | exact I] |].
      intros E. apply state_complete; auto.
      pose proof (seen_few sigma A size in_size w over i). lia.
    Qed.
  End Word.

  Theorem locally_ordered_exact : recognised sigma A locally_ordered_formula.
  Proof.
    apply told_by_states; [exact in_size |]. intros w over q i I. now apply state_exact.
  Qed.
End Formula.

Theorem past_yesterday_iff sigma A size : finite sigma A size -> minimal sigma A ->
  (exists f, ltl_past_yesterday f /\ recognised sigma A f) <-> locally_ordered sigma A.
Proof.
  intros F M. split.
  - intros (f & W & R). apply (past_window_ordered sigma A f M); [| exact R].
    eapply written_monotone; try exact W; easy.
  - intros L. exists (locally_ordered_formula sigma A size).
    split; [apply locally_ordered_written | now apply locally_ordered_exact].
Qed.
