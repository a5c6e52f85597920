(* global-tokens -- truth under visibility patterns, and what sinks add to local heads.

   Source: none; beyond what is announced of local and of global attention.
   Assumes: strict heads; a pattern depends on positions and not on letters.

   Proved: after a sink that holds no letter formulas say what they say without (after_sink,
   before_sink); with the first s letters visible exactly the first s and the last N letters count
   (first_letters_iff), so that one more tells more (letter_told, next_letter_not_told), and none
   tells whether 01 occurs (factor_not_told). *)
Require Import List Bool Arith Lia Classical.
From Locality Require Import TemporalFacts Visibility.
Import ListNotations.

(* ---- truth ---- *)

Definition see (p : pattern) (h : nat -> bool) (i : nat) : bool :=
  existsb (fun j => p i j && h j) (seq 0 i).

Lemma see_true p h i : see p h i = true <-> exists j, j < i /\ p i j = true /\ h j = true.
Proof.
  unfold see. rewrite existsb_exists. split.
  - intros (j & I & H). apply in_seq in I. apply andb_true_iff in H. exists j. intuition lia.
  - intros (j & I & P & H). exists j. split; [apply in_seq; lia|now rewrite P, H].
Qed.

Lemma see_ext p g h i : (forall j, j < i -> g j = h j) -> see p g i = see p h i.
Proof.
  intros E. apply same_truth. rewrite !see_true.
  split; intros (j & I & P & H); exists j; [rewrite <- E|rewrite E]; auto.
Qed.

Lemma holds_see x p f i : holds x (See p f) i = see p (holds x f) i.
Proof. reflexivity. Qed.

Lemma holds_ext x y f : forall i, (forall j, j <= i -> x j = y j) -> holds x f i = holds y f i.
Proof.
  induction f as [|a|m|f IH|f IHf g IHg|p f IH]; intros i E; cbn [holds]; auto.
  - now rewrite E.
  - now rewrite (IH i).
  - now rewrite (IHf i), (IHg i).
  - apply (see_ext p (holds x f) (holds y f)). intros j J. apply IH. intros l K. apply E. lia.
Qed.

Definition Or (f g : formula) : formula := Neg (Both (Neg f) (Neg g)).
Definition any : list formula -> formula := fold_right Or (Neg Truth).

Lemma holds_or x f g i : holds x (Or f g) i = holds x f i || holds x g i.
Proof. cbn. now destruct (holds x f i), (holds x g i). Qed.

Lemma holds_any x fs i : holds x (any fs) i = true <-> exists f, In f fs /\ holds x f i = true.
Proof.
  induction fs as [|f fs IH]; cbn [any fold_right].
  - split; [discriminate|intros (f & [] & _)].
  - fold (any fs). rewrite holds_or, orb_true_iff, IH. split.
    + intros [H|(g & G & H)]; [exists f|exists g]; split; auto; [now left|now right].
    + intros (g & [<-|G] & H); [now left|right; eauto].
Qed.

Lemma made_any heads marks fs :
  (forall f, In f fs -> made_of heads marks f) -> made_of heads marks (any fs).
Proof. induction fs as [|f fs IH]; cbn; auto. Qed.

Lemma made_of_weaken (heads heads' : pattern -> Prop) (marks marks' : (nat -> bool) -> Prop) f :
  (forall p, heads p -> heads' p) -> (forall m, marks m -> marks' m) ->
  made_of heads marks f -> made_of heads' marks' f.
Proof. intros P M. induction f; cbn; intuition auto. Qed.

(* what a fragment says of every head and mark of another it says of all its formulas *)
Lemma simulate (heads heads' : pattern -> Prop) (marks marks' : (nat -> bool) -> Prop) :
  (forall p g, heads p -> made_of heads' marks' g ->
   exists h, made_of heads' marks' h /\ forall x i, holds x h i = holds x (See p g) i) ->
  (forall m, marks m -> exists h, made_of heads' marks' h /\ forall x i, holds x h i = m i) ->
  forall f, made_of heads marks f ->
  exists h, made_of heads' marks' h /\ forall x i, holds x h i = holds x f i.
Proof.
  intros P M. induction f as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
  - now exists Truth.
  - now exists (Letter a).
  - exact (M m F).
  - destruct (IH F) as (h & H & E). exists (Neg h). split; auto. intros. cbn. now rewrite E.
  - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
    exists (Both f' g'). split; [easy|]. intros. cbn. now rewrite E, E'.
  - destruct F as [F G], (IH G) as (g & G' & E), (P p g F G') as (h & H & E').
    exists h. split; auto. intros. rewrite E', !holds_see. apply see_ext. auto.
Qed.

Lemma recognised_simulate q (heads heads' : pattern -> Prop) (marks marks' : (nat -> bool) -> Prop) L :
  (forall p g, heads p -> made_of heads' marks' g ->
   exists h, made_of heads' marks' h /\ forall x i, holds x h i = holds x (See p g) i) ->
  (forall m, marks m -> exists h, made_of heads' marks' h /\ forall x i, holds x h i = m i) ->
  recognised q heads marks L -> recognised q heads' marks' L.
Proof.
  intros P M (f & F & A). destruct (simulate _ _ _ _ P M f F) as (h & H & E).
  exists h. split; auto. intros w W. rewrite <- A by auto. apply E.
Qed.

(* ---- a sink without a letter ---- *)

Section Sink.
  Context (heads : pattern -> Prop)
    (shift : forall p, heads p -> forall i j, p (S i) (S j) = p i j).
  Definition beside (p : pattern) : Prop := exists p', heads p' /\ p = with_sink p'.

  Lemma after_sink f : made_of beside no_mark f ->
    exists g, made_of heads no_mark g /\
    forall w i, holds (sink_first w) f (S i) = holds (nth_error w) g i.
  Proof using shift.
    induction f as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
    - now exists Truth.
    - now exists (Letter a).
    - destruct F.
    - destruct (IH F) as (h & H & E). exists (Neg h). split; auto. intros. cbn. now rewrite E.
    - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
      exists (Both f' g'). split; [easy|]. intros. cbn. now rewrite E, E'.
    - destruct F as [(p' & P & ->) F], (IH F) as (g & G & E).
      destruct (holds (fun _ => None) f 0) eqn:S0.
      + exists Truth. split; [easy|]. intros w i. rewrite holds_see. apply see_true.
        exists 0. split; [lia|]. split; [easy|]. rewrite <- S0. apply holds_ext.
        intros j J. now replace j with 0 by lia.
      + exists (See p' g). split; [easy|]. intros w i. rewrite !holds_see.
        apply same_truth. rewrite !see_true. split.
        * intros ([|j] & J & V & H).
          { rewrite (holds_ext _ (fun _ => None)) in H; [congruence|].
            intros l K. now replace l with 0 by lia. }
          exists j. rewrite <- E. split; [lia|]. split; auto. rewrite <- (shift p' P). exact V.
        * intros (j & J & V & H). exists (S j). rewrite E. split; [lia|]. split; auto.
          cbn. now rewrite (shift p' P).
  Qed.

  Lemma before_sink g : made_of heads no_mark g ->
    exists f, made_of beside no_mark f /\
    forall w i, holds (sink_first w) f (S i) = holds (nth_error w) g i.
  Proof using shift.
    induction g as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
    - now exists Truth.
    - now exists (Letter a).
    - destruct F.
    - destruct (IH F) as (h & H & E). exists (Neg h). split; auto. intros. cbn. now rewrite E.
    - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
      exists (Both f' g'). split; [easy|]. intros. cbn. now rewrite E, E'.
    - destruct F as [P F], (IH F) as (g & G & E).
      assert (beside (with_sink p)) by now exists p.
      exists (See (with_sink p) (Both g (See (with_sink p) Truth))). split; [easy|].
      intros w i. rewrite !holds_see. apply same_truth. rewrite !see_true. split.
      + intros ([|j] & J & V & H'); cbn [holds] in H'; apply andb_true_iff in H'; [easy|].
        exists j. rewrite <- E. split; [lia|]. split; [|easy]. rewrite <- (shift p P). exact V.
      + intros (j & J & V & H'). exists (S j). split; [lia|]. cbn [holds]. rewrite E, H'.
        split; [|now cbn]. cbn. now rewrite (shift p P).
  Qed.
End Sink.

(* ---- a position of a word: what stands before it, and its own letter ---- *)

Definition own (u : list nat) (l : option nat) (i : nat) : option nat :=
  if i =? length u then l else nth_error u i.
Definition here (u : list nat) (l : option nat) (f : formula) : bool := holds (own u l) f (length u).

Lemma accepts_here f w : accepts f w = here w None f.
Proof.
  apply holds_ext. intros j J. unfold own. destruct (Nat.eqb_spec j (length w)) as [->|]; auto.
  apply nth_error_None. lia.
Qed.

Lemma holds_before u c z l f : holds (own (u ++ c :: z) l) f (length u) = here u (Some c) f.
Proof.
  apply holds_ext. intros j J. unfold own. rewrite app_length. cbn.
  destruct (Nat.eqb_spec j (length u + S (length z))); [lia|].
  destruct (Nat.eqb_spec j (length u)) as [->|].
  - now rewrite nth_error_app2, Nat.sub_diag by lia.
  - apply nth_error_app1. lia.
Qed.

Lemma split_at (u : list nat) j : j < length u ->
  exists y c z, u = y ++ c :: z /\ length y = j.
Proof.
  intros J. destruct (nth_error u j) as [c|] eqn:E.
  - destruct (nth_error_split u j E) as (y & z & -> & Y). eauto.
  - apply nth_error_None in E. lia.
Qed.

Lemma here_see u l p f : here u l (See p f) = true <->
  exists y c z, u = y ++ c :: z /\ p (length u) (length y) = true /\ here y (Some c) f = true.
Proof.
  unfold here at 1. rewrite holds_see, see_true. split.
  - intros (j & J & V & H). destruct (split_at u j J) as (y & c & z & -> & <-).
    exists y, c, z. now rewrite holds_before in H.
  - intros (y & c & z & -> & V & H). exists (length y). rewrite holds_before.
    rewrite app_length in *. cbn in *. split; [lia|auto].
Qed.

Lemma here_yesterday u b l f : here (u ++ [b]) l (See (window 1) f) = here u (Some b) f.
Proof.
  apply same_truth. rewrite here_see. split.
  - intros (y & c & z & E & V & H). unfold window in V. apply Nat.leb_le in V.
    assert (length (u ++ [b]) = length (y ++ c :: z)) by now rewrite E.
    rewrite !app_length in *. cbn in *.
    destruct z as [|d z]; [|cbn in *; lia]. apply app_inj_tail in E as [-> ->]. exact H.
  - intros H. exists u, b, []. split; [easy|]. split; auto.
    unfold window. apply Nat.leb_le. rewrite app_length. cbn. lia.
Qed.

(* ---- the first s and the last N letters ---- *)

Definition agree (s N : nat) (u v : list nat) : Prop :=
  (forall j, j < s -> nth_error u j = nth_error v j) /\
  (forall i, i < N -> nth_error (rev u) i = nth_error (rev v) i).

Lemma agree_weaken s N N' u v : N <= N' -> agree s N' u v -> agree s N u v.
Proof. intros L [F E]. split; auto. intros i I. apply E. lia. Qed.

Lemma nth_error_firstn' (u : list nat) : forall s j, j < s -> nth_error (firstn s u) j = nth_error u j.
Proof.
  induction u as [|a u IH]; intros [|s] j J; try lia; cbn; auto.
  destruct j; cbn; auto. apply IH. lia.
Qed.

Lemma firstn_same (u : list nat) : forall v s,
  (forall j, j < s -> nth_error u j = nth_error v j) -> firstn s u = firstn s v.
Proof.
  induction u as [|a u IH]; intros v [|s] H; auto.
  - specialize (H 0 ltac:(lia)). now destruct v.
  - pose proof (H 0 ltac:(lia)) as Z. destruct v as [|b v]; [discriminate|].
    cbn in Z. injection Z as ->. cbn. f_equal. apply IH. intros j J.
    exact (H (S j) ltac:(lia)).
Qed.

Lemma last_letters_rev N w : last_letters N w = rev (firstn N (rev w)).
Proof. unfold last_letters. now rewrite firstn_rev, rev_involutive. Qed.

Lemma agree_lists s N u v :
  agree s N u v <-> firstn s u = firstn s v /\ last_letters N u = last_letters N v.
Proof.
  rewrite !last_letters_rev. split.
  - intros [F E]. split; [now apply firstn_same|]. f_equal. now apply firstn_same.
  - intros [F E]. split; intros j J.
    + rewrite <- (nth_error_firstn' u s j J), <- (nth_error_firstn' v s j J). now rewrite F.
    + rewrite <- (nth_error_firstn' (rev u) N j J), <- (nth_error_firstn' (rev v) N j J).
      f_equal. apply (f_equal (@rev nat)) in E. now rewrite !rev_involutive in E.
Qed.

Lemma agree_step s N u v b c : s <= N -> agree s (S N) (u ++ [b]) (v ++ [c]) ->
  b = c /\ agree s N u v.
Proof.
  intros L [F E]. rewrite !rev_app_distr in E. cbn in E.
  split; [now specialize (E 0 ltac:(lia)); injection E|].
  assert (R : forall i, i < N -> nth_error (rev u) i = nth_error (rev v) i).
  { intros i I. exact (E (S i) ltac:(lia)). }
  split; auto. intros j J. specialize (F j J).
  assert (length u = length v \/ s <= length u /\ s <= length v) as [Z|Z].
  { destruct (le_lt_dec N (length u)), (le_lt_dec N (length v)); [right; lia| | |].
    - specialize (R (length v) ltac:(lia)).
      rewrite (proj2 (nth_error_None (rev v) _)) in R by (rewrite rev_length; lia).
      apply nth_error_None in R. rewrite rev_length in R. lia.
    - specialize (R (length u) ltac:(lia)).
      rewrite (proj2 (nth_error_None (rev u) _)) in R by (rewrite rev_length; lia).
      symmetry in R. apply nth_error_None in R. rewrite rev_length in R. lia.
    - left. destruct (Nat.lt_trichotomy (length u) (length v)) as [K|[K|K]]; auto.
      + specialize (R (length u) ltac:(lia)).
        rewrite (proj2 (nth_error_None (rev u) _)) in R by (rewrite rev_length; lia).
        symmetry in R. apply nth_error_None in R. rewrite rev_length in R. lia.
      + specialize (R (length v) ltac:(lia)).
        rewrite (proj2 (nth_error_None (rev v) _)) in R by (rewrite rev_length; lia).
        apply nth_error_None in R. rewrite rev_length in R. lia. }
  - destruct (le_lt_dec (length u) j).
    + now rewrite !(proj2 (nth_error_None _ _)) by lia.
    + now rewrite !nth_error_app1 in F by lia.
  - now rewrite !nth_error_app1 in F by lia.
Qed.

Lemma ends_suffice s f : made_of (sink_heads s 1) no_mark f ->
  exists N, s <= N /\ forall u v l, agree s N u v -> here u l f = here v l f.
Proof.
  induction f as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
  - exists s. easy.
  - exists s. split; auto. intros u v l _. unfold here, own. cbn. now rewrite !Nat.eqb_refl.
  - destruct F.
  - destruct (IH F) as (N & L & E). exists N. split; auto. intros u v l A.
    unfold here in *. cbn. f_equal. now apply E.
  - destruct F as [F G], (IHf F) as (N & L & E), (IHg G) as (N' & L' & E').
    exists (N + N'). split; [lia|]. intros u v l A. unfold here in *. cbn. f_equal.
    + apply E. apply (agree_weaken s N (N + N')); auto; lia.
    + apply E'. apply (agree_weaken s N' (N + N')); auto; lia.
  - destruct F as [P F], (IH F) as (N & L & E). exists (S N). split; [lia|].
    intros u v l A. destruct P as [->|(t & T & ->)].
    + destruct u as [|b u _] using rev_ind; destruct v as [|c v _] using rev_ind; auto.
      * destruct A as [_ A]. specialize (A 0 ltac:(lia)). rewrite rev_app_distr in A. discriminate.
      * destruct A as [_ A]. specialize (A 0 ltac:(lia)). rewrite rev_app_distr in A. discriminate.
      * destruct (agree_step s N u v b c L A) as [<- A']. rewrite !here_yesterday. now apply E.
    + assert (one : forall u v, agree s (S N) u v -> here u l (See (position t) f) = true ->
        here v l (See (position t) f) = true).
      { clear u v A. intros u v [A _] H. apply here_see in H as (y & c & z & -> & V & H).
        apply Nat.eqb_eq in V. apply here_see.
        pose proof (A t T) as C. rewrite <- V, nth_error_app2, Nat.sub_diag in C by lia.
        symmetry in C. apply nth_error_split in C as (y' & z' & -> & Y).
        exists y', c, z'. split; auto. split; [apply Nat.eqb_eq; lia|].
        replace y' with y; auto.
        transitivity (firstn t (y ++ c :: z)).
        - rewrite <- V, firstn_app, Nat.sub_diag, firstn_all. cbn. now rewrite app_nil_r.
        - rewrite (firstn_same _ (y' ++ c :: z')) by (intros; apply A; lia).
          rewrite <- V, <- Y, firstn_app, Nat.sub_diag, firstn_all. cbn. now rewrite app_nil_r. }
      apply same_truth. split; apply one; auto.
      destruct A as [A B]. split; intros; symmetry; auto.
Qed.

(* ---- languages that finitely many tests decide ---- *)

Lemma combine (C : formula -> Prop) (L : list nat -> bool) :
  C Truth -> (forall f, C f -> C (Neg f)) -> (forall f g, C f -> C g -> C (Both f g)) ->
  forall (tests : list formula) (D : list nat -> Prop), (forall t, In t tests -> C t) ->
  (forall u v, D u -> D v -> (forall t, In t tests -> accepts t u = accepts t v) -> L u = L v) ->
  exists g, C g /\ forall w, D w -> accepts g w = L w.
Proof.
  intros top neg both. induction tests as [|t tests IH]; intros D T E.
  - destruct (classic (exists u, D u /\ L u = true)) as [(u & U & H)|N].
    + exists Truth. split; auto. intros w W. change (true = L w). rewrite <- H.
      apply E; auto. intros t [].
    + exists (Neg Truth). split; auto. intros w W. change (false = L w).
      destruct (L w) eqn:H; auto. destruct N. now exists w.
  - assert (t_in : C t) by (apply T; now left).
    destruct (IH (fun w => D w /\ accepts t w = true)) as (g & G & H).
    { intros r R. apply T. now right. }
    { intros u v [U Tu] [V Tv] A. apply E; auto. intros r [<-|R]; [congruence|auto]. }
    destruct (IH (fun w => D w /\ accepts t w = false)) as (g' & G' & H').
    { intros r R. apply T. now right. }
    { intros u v [U Tu] [V Tv] A. apply E; auto. intros r [<-|R]; [congruence|auto]. }
    exists (Or (Both t g) (Both (Neg t) g')). split; [unfold Or; auto 10|].
    intros w W. unfold accepts. rewrite holds_or. cbn [holds]. fold (accepts t w).
    fold (accepts g w) (accepts g' w).
    destruct (accepts t w) eqn:Tw; cbn.
    + rewrite orb_false_r. now apply H.
    + now apply H'.
Qed.

Definition ago (n : nat) (f : formula) : formula := Nat.iter n (See (window 1)) f.

Lemma here_ago u b l n f : here (u ++ [b]) l (ago (S n) f) = here u (Some b) (ago n f).
Proof. apply here_yesterday. Qed.

Lemma here_letter u l a : here u l (Letter a) = match l with Some b => a =? b | None => false end.
Proof. unfold here, own. cbn. now rewrite Nat.eqb_refl. Qed.

Lemma ago_letter a : forall i u l,
  here u l (ago (S i) (Letter a)) = true <-> nth_error (rev u) i = Some a.
Proof.
  induction i as [|i IH]; intros u l; destruct u as [|b u _] using rev_ind.
  - easy.
  - rewrite here_ago, rev_app_distr. change (ago 0 (Letter a)) with (Letter a).
    rewrite here_letter, Nat.eqb_eq. cbn. split; [now intros ->|now intros [= ->]].
  - easy.
  - rewrite here_ago, rev_app_distr. apply IH.
Qed.

Lemma made_ago (heads : pattern -> Prop) marks n f : heads (window 1) -> made_of heads marks f ->
  made_of heads marks (ago n f).
Proof. intros W F. induction n; cbn; auto. Qed.

Lemma letter_below q u j a : over q u -> nth_error u j = Some a -> a < q.
Proof. unfold over. rewrite Forall_forall. intros U E. apply U. now apply nth_error_In in E. Qed.

Lemma over_rev q u : over q u -> over q (rev u).
Proof. apply Forall_rev. Qed.

(* tests that agree for every letter show the same letter *)
Lemma same_by_tests q (tests : list formula) (test : nat -> formula) (read : list nat -> option nat) u v :
  (forall a, a < q -> In (test a) tests) ->
  (forall w a, accepts (test a) w = true <-> read w = Some a) ->
  (forall w a, over q w -> read w = Some a -> a < q) -> over q u -> over q v ->
  (forall t, In t tests -> accepts t u = accepts t v) -> read u = read v.
Proof.
  intros I T B U V E.
  assert (one : forall a, read u = Some a <-> read v = Some a).
  { intros a. split; intros R.
    - apply T. rewrite <- E; [now apply T|]. apply I. now apply (B u).
    - apply T. rewrite E; [now apply T|]. apply I. now apply (B v). }
  destruct (read u) as [a|]; [symmetry; now apply one|].
  destruct (read v) as [a|]; auto. now apply one.
Qed.

Lemma first_letter t a w : accepts (See (position t) (Letter a)) w = true <-> nth_error w t = Some a.
Proof.
  rewrite accepts_here, here_see. split.
  - intros (y & c & z & -> & V & H). apply Nat.eqb_eq in V. subst t.
    rewrite here_letter in H. apply Nat.eqb_eq in H as ->.
    now rewrite nth_error_app2, Nat.sub_diag by lia.
  - intros E. apply nth_error_split in E as (y & z & -> & Y). exists y, a, z.
    split; auto. unfold position. rewrite Y, here_letter. now rewrite !Nat.eqb_refl.
Qed.

Lemma ends_definable q s N L : decided_by_ends q s N L -> recognised q (sink_heads s 1) no_mark L.
Proof.
  intros E.
  set (tests := flat_map (fun a =>
    map (fun t => See (position t) (Letter a)) (seq 0 s) ++
    map (fun i => ago (S i) (Letter a)) (seq 0 N)) (seq 0 q)).
  assert (yesterday : sink_heads s 1 (window 1)) by now left.
  destruct (combine (made_of (sink_heads s 1) no_mark) L) with (tests := tests) (D := over q)
    as (g & G & H); cbn; auto.
  - intros r R. apply in_flat_map in R as (a & _ & R).
    apply in_app_iff in R as [R|R]; apply in_map_iff in R as (j & <- & J).
    + apply in_seq in J. split; [right; exists j; split; [lia|auto]|easy].
    + now apply made_ago.
  - intros u v U V A. assert (agree s N u v) as W; [|apply agree_lists in W; now apply E].
    split; intros j J.
    + apply (same_by_tests q tests (fun a => See (position j) (Letter a)) (fun w => nth_error w j));
        auto; [|intros w a; apply first_letter|intros w a W; now apply letter_below].
      intros a Q. apply in_flat_map. exists a. split; [apply in_seq; lia|].
      apply in_app_iff. left. apply in_map_iff. exists j. split; auto. apply in_seq. lia.
    + apply (same_by_tests q tests (fun a => ago (S j) (Letter a)) (fun w => nth_error (rev w) j));
        auto.
      * intros a Q. apply in_flat_map. exists a. split; [apply in_seq; lia|].
        apply in_app_iff. right. apply in_map_iff. exists j. split; auto. apply in_seq. lia.
      * intros w a. rewrite accepts_here. apply ago_letter.
      * intros w a W. now apply letter_below, over_rev.
  - now exists g.
Qed.

Lemma first_letters_iff q s L :
  recognised q (sink_heads s 1) no_mark L <-> exists N, decided_by_ends q s N L.
Proof.
  split; [|intros (N & E); now apply (ends_definable q s N)].
  intros (f & F & A). destruct (ends_suffice s f F) as (N & _ & E). exists N.
  intros u v U V Fu La. rewrite <- !A by auto. rewrite !accepts_here. apply E.
  now apply agree_lists.
Qed.

(* ---- what first letters tell, and what they do not ---- *)

Lemma letter_told q s : recognised q (sink_heads (S s) 1) no_mark (zero_at s).
Proof.
  apply first_letters_iff. exists 0. intros u v _ _ E _. unfold zero_at.
  rewrite <- (nth_error_firstn' u (S s)), E, nth_error_firstn' by lia. auto.
Qed.

Lemma next_letter_not_told q s : 2 <= q -> ~ recognised q (sink_heads s 1) no_mark (zero_at s).
Proof.
  intros letters. rewrite first_letters_iff. intros (N & E).
  specialize (E (repeat 1 s ++ 0 :: repeat 1 N) (repeat 1 s ++ 1 :: repeat 1 N)).
  assert (ones : forall n, over q (repeat 1 n)).
  { intros n. apply Forall_forall. intros a A. apply repeat_spec in A. lia. }
  assert (forall a, zero_at s (repeat 1 s ++ a :: repeat 1 N) = (a =? 0)) as Z.
  { intros a. unfold zero_at. now rewrite nth_error_app2, repeat_length, Nat.sub_diag
      by (rewrite repeat_length; lia). }
  rewrite !Z in E. discriminate E.
  - apply Forall_app. split; [apply ones|]. constructor; [lia|apply ones].
  - apply Forall_app. split; [apply ones|]. constructor; [lia|apply ones].
  - rewrite !firstn_app, repeat_length, Nat.sub_diag. reflexivity.
  - unfold last_letters. rewrite !app_length. cbn [length]. rewrite !repeat_length.
    rewrite !skipn_app, repeat_length. f_equal; auto.
    replace (s + S N - N - s) with 1 by lia. reflexivity.
Qed.

Lemma factor_not_told q s : 2 <= q -> ~ recognised q (sink_heads s 1) no_mark zero_then_one.
Proof.
  intros letters. rewrite first_letters_iff. intros (N & E).
  specialize (E (repeat 1 s ++ [0; 1] ++ repeat 0 N) (repeat 1 s ++ [1; 1] ++ repeat 0 N)).
  assert (over_one : forall a n, a < q -> over q (repeat a n)).
  { intros a n A. apply Forall_forall. intros b I. apply repeat_spec in I. now subst. }
  assert (ones : forall n w, zero_then_one (repeat 1 n ++ w) = zero_then_one w).
  { induction n as [|n IH]; intros w; auto. cbn [repeat app]. rewrite <- (IH w).
    destruct (repeat 1 n ++ w); reflexivity. }
  assert (zeros : forall n, zero_then_one (repeat 0 n) = false).
  { induction n as [|[|n] IH]; [reflexivity|reflexivity|exact IH]. }
  rewrite !ones in E.
  assert (zero_then_one ([1; 1] ++ repeat 0 N) = false) as F.
  { exact (eq_trans (ones 2 (repeat 0 N)) (zeros N)). }
  rewrite F in E. discriminate E.
  - apply Forall_app. split; [apply over_one; lia|].
    constructor; [lia|constructor; [lia|apply over_one; lia]].
  - apply Forall_app. split; [apply over_one; lia|].
    constructor; [lia|constructor; [lia|apply over_one; lia]].
  - rewrite !firstn_app, repeat_length, Nat.sub_diag. reflexivity.
  - unfold last_letters. rewrite !app_length. cbn [length app]. rewrite !repeat_length.
    rewrite !skipn_app, repeat_length. f_equal; auto.
    replace (s + (2 + N) - N - s) with 2 by lia. reflexivity.
Qed.

(* ---- one letter back ---- *)

Lemma last_letter_told q : recognised q (local_head 1) no_mark ends_in_zero.
Proof.
  exists (See (window 1) (Letter 0)). split; [easy|]. intros w _. unfold ends_in_zero.
  rewrite accepts_here.
  destruct w as [|a w _] using rev_ind; [reflexivity|].
  rewrite here_yesterday, here_letter, rev_app_distr.
  apply (Nat.eqb_sym 0 a).
Qed.
