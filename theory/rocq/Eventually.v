(* global-tokens, continued -- what no formula tells, on words that repeat.

   Proved: if every head makes what repeats repeat, then so does every formula, in what it says of a
   position but for its own letter (eventual); P and windows do on a constant word
   (past_settles, window_settles), and a head that always sees the global tokens does where only
   these differ (global_settles). So tokens tell even lengths exactly if B is even (parity_iff), P
   and windows do not (parity_not_hybrid), and heads that all see the tokens do not know the last
   letter (last_letter_blurred). *)
Require Import List Bool Arith Lia.
From Locality Require Import TemporalFacts Visibility SinkTokens GlobalTokens.
Import ListNotations.

Definition upd (X : nat -> option nat) (i : nat) (l : option nat) : nat -> option nat :=
  fun j => if j =? i then l else X j.

(* from some position on, v has period B *)
Definition settles (B : nat) (v : nat -> bool) : Prop :=
  exists M, forall i, M <= i -> v (i + B) = v i.

(* the same where the letters are the same *)
Definition tame (X : nat -> option nat) (B : nat) (h : nat -> bool) : Prop :=
  exists M, forall j c, M <= j -> X (j + c * B) = X j -> h (j + c * B) = h j.

Lemma eventual X B (heads : pattern -> Prop) (marks : (nat -> bool) -> Prop) :
  (forall p h, heads p -> tame X B h -> settles B (see p h)) ->
  (forall m, marks m -> forall i, m (i + B) = m i) -> forall f, made_of heads marks f ->
  exists M, forall i l, M <= i -> holds (upd X (i + B) l) f (i + B) = holds (upd X i l) f i.
Proof.
  intros P Q. induction f as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
  - now exists 0.
  - exists 0. intros i l _. cbn. unfold upd. now rewrite !Nat.eqb_refl.
  - exists 0. intros i l _. now apply Q.
  - destruct (IH F) as (M & E). exists M. intros i l I. cbn. f_equal. now apply E.
  - destruct F as [F G], (IHf F) as (M & E), (IHg G) as (M' & E').
    exists (M + M'). intros i l I. cbn. f_equal; [apply E|apply E']; lia.
  - destruct F as [F G], (IH G) as (M & E).
    destruct (P p (holds X f) F) as (M' & S').
    { exists M. assert (steps : forall c j l, M <= j ->
        holds (upd X (j + c * B) l) f (j + c * B) = holds (upd X j l) f j).
      { induction c as [|c IHc]; intros j l J; [now rewrite Nat.add_0_r|].
        replace (j + S c * B) with (j + c * B + B) by lia. rewrite E by lia. now apply IHc. }
      intros j c J L.
      assert (own_letter : forall i, holds (upd X i (X i)) f i = holds X f i).
      { intros i. apply holds_ext. intros n _. unfold upd.
        now destruct (Nat.eqb_spec n i) as [->|]. }
      now rewrite <- !own_letter, L, steps. }
    assert (past_only : forall i l, holds (upd X i l) (See p f) i = see p (holds X f) i).
    { intros i l. rewrite holds_see. apply see_ext. intros j J. apply holds_ext.
      intros n N. unfold upd. now destruct (Nat.eqb_spec n i); [lia|]. }
    exists M'. intros i l I. rewrite !past_only. now apply S'.
Qed.

(* ---- heads that let it settle ---- *)

Lemma past_settles X B D h : 1 <= D -> (forall j, X (j + D * B) = X j) -> tame X B h ->
  settles B (see past h).
Proof.
  intros D1 T (M & E). exists (M + D * B). intros i I. apply same_truth. rewrite !see_true. split.
  - intros (j & J & _ & H). destruct (le_lt_dec (M + D * B) j) as [L|].
    2: { exists j. split; [lia|auto]. }
    exists (j - D * B). split; [nia|]. split; auto. rewrite <- H.
    specialize (E (j - D * B) D ltac:(lia) (T _)).
    replace (j - D * B + D * B) with j in E by lia. now rewrite E.
  - intros (j & J & _ & H). exists j. split; [lia|auto].
Qed.

Lemma window_settles B k h M : (forall j, M <= j -> h (j + B) = h j) ->
  settles B (see (window k) h).
Proof.
  intros E. exists (M + k). intros i I. apply same_truth. rewrite !see_true. unfold window. split.
  - intros (j & J & V & H). apply Nat.leb_le in V. exists (j - B).
    split; [lia|]. split; [apply Nat.leb_le; lia|]. rewrite <- E by lia.
    now replace (j - B + B) with j by lia.
  - intros (j & J & V & H). apply Nat.leb_le in V. exists (j + B).
    split; [lia|]. split; [apply Nat.leb_le; lia|]. rewrite E by lia. exact H.
Qed.

Lemma global_repeats B c i : 1 <= B -> global_place B (i + c * B) = global_place B i.
Proof.
  intros HB. unfold global_place. now rewrite <- Nat.add_succ_l, Nat.mod_add by lia.
Qed.

Lemma global_settles X B D k h : 1 <= B -> 1 <= D -> (forall j, X (j + D * B) = X j) ->
  (forall j, global_place B j = false -> X (j + B) = X j) -> tame X B h ->
  settles B (see (global B k) h).
Proof.
  intros HB D1 T C (M & E). set (g := global_place B) in *.
  assert (one : forall i, g (i + B) = g i).
  { intros i. pose proof (global_repeats B 1 i HB) as G. now rewrite Nat.mul_1_l in G. }
  destruct (past_settles X B D h D1 T) as (M1 & E1); [now exists M|].
  destruct (past_settles X B D (fun j => g j && h j) D1 T) as (M2 & E2).
  { exists M. intros j c J L. unfold g. rewrite global_repeats by auto. f_equal. now apply E. }
  destruct (window_settles B k (fun j => negb (g j) && h j) M) as (M3 & E3).
  { intros j J. rewrite one. destruct (g j) eqn:G; auto. cbn.
    specialize (E j 1 J). rewrite Nat.mul_1_l in E. auto. }
  assert (spelled : forall i, see (global B k) h i =
    (g i && see past h i) || see past (fun j => g j && h j) i ||
    see (window k) (fun j => negb (g j) && h j) i).
  { intros i. apply same_truth. rewrite !orb_true_iff, andb_true_iff, !see_true.
    unfold global, window. split.
    - intros (j & J & V & H). destruct (g i) eqn:G; [left; left; split; auto; now exists j|].
      destruct (g j) eqn:G'; [left; right; exists j; now rewrite G'|]. right. exists j.
      unfold g in G, G'. rewrite G, G', !orb_false_r in V. fold g in G'. now rewrite G'.
    - intros [[(V & j & J & _ & H)|(j & J & _ & H)]|(j & J & V & H)]; exists j; split; auto.
      + unfold g in V. now rewrite V, orb_true_r.
      + apply andb_true_iff in H as [V H]. unfold g in V. now rewrite V, orb_true_r.
      + apply andb_true_iff in H as [_ H]. now rewrite V. }
  exists (M1 + M2 + M3). intros i I. rewrite !spelled, one, E1, E2, E3 by lia. reflexivity.
Qed.

(* ---- even lengths ---- *)

Definition zeros : nat -> option nat := fun _ => Some 0.

Lemma accepts_zeros f n : accepts f (repeat 0 n) = holds (upd zeros n None) f n.
Proof.
  unfold accepts. rewrite repeat_length. apply holds_ext. intros j J. unfold upd, zeros.
  destruct (Nat.eqb_spec j n) as [->|].
  - apply nth_error_None. now rewrite repeat_length.
  - rewrite (nth_error_nth' _ 0) by (rewrite repeat_length; lia). f_equal. apply nth_repeat.
Qed.

Lemma over_zeros n : over 1 (repeat 0 n).
Proof. apply Forall_forall. intros a A. apply repeat_spec in A. lia. Qed.

Lemma tame_zeros B h : tame zeros B h -> exists M, forall j, M <= j -> h (j + B) = h j.
Proof.
  intros (M & E). exists M. intros j J. specialize (E j 1 J). rewrite Nat.mul_1_l in E. now apply E.
Qed.

Lemma parity_needs_even B (heads : pattern -> Prop) : 1 <= B ->
  (forall p, heads p -> p = past \/ exists k, p = window k) ->
  recognised 1 heads (modulo B) even_length -> Nat.Even B.
Proof.
  intros HB P (f & F & A).
  destruct (eventual zeros B heads (modulo B)) with (f := f) as (M & E); auto.
  - intros p h Hp T. destruct (P p Hp) as [->|(k & ->)].
    + apply (past_settles zeros B 1); auto.
    + destruct (tame_zeros B h T) as (M & E). now apply (window_settles B k h M).
  - intros m -> i. pose proof (global_repeats B 1 i HB) as G. now rewrite Nat.mul_1_l in G.
  - specialize (E (2 * M) None ltac:(lia)). rewrite <- !accepts_zeros in E.
    rewrite !A in E by apply over_zeros. unfold even_length in E.
    rewrite !repeat_length, Nat.even_add, Nat.even_mul in E. cbn in E.
    apply Nat.even_spec. now destruct (Nat.even B).
Qed.

(* n is even: an odd number of positions after a global one, or before the first *)
Definition even_here (B : nat) : formula :=
  Or (any (map (fun d => ago d (Place (global_place B))) (filter Nat.odd (seq 0 B))))
     (any (map (at_place (window 1)) (filter Nat.even (seq 0 (B - 1))))).

Lemma holds_ago x f : forall d i, holds x (ago d f) i = true <-> d <= i /\ holds x f (i - d) = true.
Proof.
  induction d as [|d IH]; intros i.
  - rewrite Nat.sub_0_r. cbn. split; [split; [lia|auto]|easy].
  - change (ago (S d) f) with (See (window 1) (ago d f)). rewrite holds_see, see_true.
    unfold window. split.
    + intros (j & J & V & H). apply Nat.leb_le in V. apply IH in H as [L H].
      replace (i - S d) with (j - d) by lia. split; [lia|auto].
    + intros [L H]. exists (i - 1). split; [lia|]. split; [apply Nat.leb_le; lia|].
      apply IH. replace (i - 1 - d) with (i - S d) by lia. split; [lia|auto].
Qed.

Lemma even_here_true B x i : 2 <= B -> Nat.Even B -> holds x (even_here B) i = Nat.even i.
Proof.
  intros HB (b & Eb). pose proof (window_yesterday 1 (le_n 1)) as Y. unfold even_here.
  apply same_truth. rewrite holds_or, orb_true_iff, !holds_any. split.
  - intros [(f & F & H)|(f & F & H)]; apply in_map_iff in F as (d & <- & D);
      apply filter_In in D as [D O].
    + apply holds_ago in H as [L H]. cbn in H. unfold global_place in H. apply Nat.eqb_eq in H.
      apply Nat.mod_divide in H as (c & C); [|lia].
      replace i with (c * B + d - 1) by lia.
      apply Nat.odd_spec in O as (o & ->). apply Nat.even_spec. exists (c * b + o). lia.
    + rewrite at_place_true in H by auto. now apply Nat.eqb_eq in H as ->.
  - intros E. destruct (le_lt_dec (B - 1) i) as [L|L].
    + left. exists (ago (S i mod B) (Place (global_place B))). split.
      * apply in_map_iff. exists (S i mod B). split; auto. apply filter_In.
        split; [apply in_seq; pose proof (Nat.mod_upper_bound (S i) B ltac:(lia)); lia|].
        pose proof (Nat.div_mod (S i) B ltac:(lia)) as D.
        rewrite <- Nat.negb_even. apply negb_true_iff.
        apply Nat.even_spec in E as (e & Ee).
        destruct (Nat.even (S i mod B)) eqn:V; auto. apply Nat.even_spec in V as (v & V). nia.
      * pose proof (Nat.mod_upper_bound (S i) B ltac:(lia)).
        pose proof (Nat.div_mod (S i) B ltac:(lia)) as D. apply holds_ago.
        assert (1 <= S i / B) by (apply Nat.div_le_lower_bound; lia).
        split; [nia|]. cbn. unfold global_place. apply Nat.eqb_eq.
        replace (S (i - S i mod B)) with (S i / B * B) by nia. apply Nat.mod_mul. lia.
    + right. exists (at_place (window 1) i). split; [|now rewrite at_place_true, Nat.eqb_refl].
      apply in_map. apply filter_In. split; auto. apply in_seq. lia.
Qed.

Lemma parity_iff B : 2 <= B ->
  recognised 1 (global_heads B 1) no_mark even_length <-> Nat.Even B.
Proof.
  intros HB. rewrite global_iff by auto. split.
  - apply parity_needs_even; [lia|]. intros p [->| ->]; eauto.
  - intros E. assert (W : hybrid_heads 1 (window 1)) by now left.
    exists (even_here B). split.
    + split; apply made_any; intros f F; apply in_map_iff in F as (d & <- & _).
      * now apply made_ago.
      * now apply made_at.
    + intros w _. now apply even_here_true.
Qed.

Lemma parity_not_hybrid k : ~ recognised 1 (hybrid_heads k) no_mark even_length.
Proof.
  intros (f & F & A). assert (Nat.Even 1) as (b & E); [|lia].
  apply (parity_needs_even 1 (hybrid_heads k)); auto.
  - intros p [->| ->]; eauto.
  - exists f. split; auto. apply (made_of_weaken _ _ no_mark _ f (fun p H => H)); easy.
Qed.

(* ---- the last letter ---- *)

(* global tokens hold 0 and 1 in turn, all others 1 *)
Definition turns (B j : nat) : nat := if global_place B j then j / B mod 2 else 1.

Lemma turns_period B j : 1 <= B -> turns B (j + 2 * B) = turns B j.
Proof.
  intros HB. unfold turns. rewrite global_repeats by auto. destruct (global_place B j); auto.
  rewrite Nat.div_add by lia. now rewrite (Nat.mod_add _ 1 2).
Qed.

Lemma last_letter_blurred q B : 1 <= B -> 2 <= q ->
  ~ recognised q (always_global B) (modulo B) ends_in_zero.
Proof.
  intros HB Q (f & F & A). set (X := fun j => Some (turns B j)).
  destruct (eventual X B (always_global B) (modulo B)) with (f := f) as (M & E); auto.
  { intros p h (k & ->) T. apply (global_settles X B 2); auto.
    - intros j. unfold X. now rewrite turns_period.
    - intros j G. unfold X, turns. pose proof (global_repeats B 1 j HB) as R.
      rewrite Nat.mul_1_l in R. now rewrite R, G. }
  { intros m -> i. pose proof (global_repeats B 1 i HB) as G. now rewrite Nat.mul_1_l in G. }
  set (word := fun n => map (turns B) (seq 0 n)).
  assert (read : forall n, holds (upd X n None) f n = ends_in_zero (word n)).
  { intros n. rewrite <- A.
    - unfold accepts, word. rewrite map_length, seq_length. apply holds_ext.
      intros j J. unfold upd. destruct (Nat.eqb_spec j n) as [->|].
      + symmetry. apply nth_error_None. now rewrite map_length, seq_length.
      + symmetry. rewrite nth_error_map, (nth_error_nth' _ 0) by (rewrite seq_length; lia).
        now rewrite seq_nth by lia.
    - apply Forall_forall. intros a I. apply in_map_iff in I as (j & <- & _). unfold turns.
      destruct (global_place B j); [|lia]. pose proof (Nat.mod_upper_bound (j / B) 2). lia. }
  assert (last : forall n, ends_in_zero (word (S n)) = (turns B n =? 0)).
  { intros n. unfold ends_in_zero, word. rewrite seq_S, map_app, rev_app_distr. reflexivity. }
  specialize (E (S (2 * M) * B) None ltac:(nia)). rewrite !read in E.
  assert (value : forall c, ends_in_zero (word (S c * B)) = (c mod 2 =? 0)).
  { intros c. replace (S c * B) with (S (c * B + (B - 1))) by (cbn; lia).
    rewrite last. unfold turns.
    replace (global_place B (c * B + (B - 1))) with true.
    - now rewrite Nat.add_comm, Nat.div_add, (Nat.div_small (B - 1)) by lia.
    - symmetry. unfold global_place. apply Nat.eqb_eq.
      replace (S (c * B + (B - 1))) with (S c * B) by (cbn; lia). apply Nat.mod_mul. lia. }
  replace (S (2 * M) * B + B) with (S (1 + M * 2) * B) in E by (cbn; lia).
  rewrite (Nat.mul_comm 2 M), !value in E.
  replace (M * 2) with (0 + M * 2) in E at 2 by lia.
  rewrite !Nat.mod_add in E by lia. discriminate.
Qed.
