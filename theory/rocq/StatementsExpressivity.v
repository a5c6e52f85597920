(* The headlines on what formulas, and so attention, can recognise, restated with the words of
   Temporal.v and Automata.v. They are about words and truth values: no real number, and no axiom,
   enters. *)
Require Import List PeanoNat.
From Locality Require Import Temporal Automata.
From Locality Require WindowHierarchy LastLetters Definite Blocks Ordered LocallyOrdered.
From Locality Require Alphabet Complementary.
Import ListNotations.

(* ---- classes ---- *)

(* which past the minimal automaton of a regular language needs *)
Theorem headline_classes (sigma : list nat) (A : automaton) (size : nat)
    (states : finite sigma A size) (reduced : minimal sigma A) :
  ((exists f, ltl_yesterday f /\ recognised sigma A f) <-> forgetful sigma A) /\
  ((exists f, ltl_past f /\ recognised sigma A f) <-> ordered sigma A) /\
  ((exists f, ltl_past_yesterday f /\ recognised sigma A f) <-> locally_ordered sigma A).
Proof.
  split; [| split].
  - now apply (Definite.forgetful_iff sigma A size).
  - now apply (Ordered.past_iff sigma A size).
  - now apply (LocallyOrdered.past_yesterday_iff sigma A size).
Qed.

(* a language that is decided by so many last letters, but for shorter words *)
Definition definite (sigma : list nat) (L : word -> bool) : Prop :=
  exists n, forall u u' v, incl u sigma -> incl u' sigma -> incl v sigma -> n <= length v ->
    L (u ++ v) = L (u' ++ v).

(* LTL[Y] defines the definite languages; so do all formulas without P, whatever their windows *)
Theorem headline_definite_iff (sigma : list nat) (L : word -> bool) :
  ((exists f, ltl_yesterday f /\ defines sigma f (fun w => L w = true)) <-> definite sigma L) /\
  ((exists f, written_with False (fun _ => True) f /\ defines sigma f (fun w => L w = true)) <->
   definite sigma L).
Proof. split; [apply Definite.definite_iff | apply Definite.past_free_iff]. Qed.

(* how many letters: those of depth r with windows up to h read r h; of LTL[Y], h = 1, just r *)
Theorem headline_definite_reads (h r : nat) (f : formula) (u u' v : word)
    (windows : written_with False (fun k => k <= h) f) (shallow : depth f <= r)
    (long : r * h <= length v) :
  accepted f (u ++ v) = accepted f (u' ++ v).
Proof. now apply (LastLetters.reads_the_end h r). Qed.

(* LTL[P] cannot count rounds, nor say whether the last is half or whole *)
Theorem headline_past_only_rounds (x u v z : word) (n : nat) (f : formula)
    (fragment : ltl_past f) (shallow : depth f < n) :
  accepted f (x ++ power (u ++ v) n ++ z) = accepted f (x ++ power (u ++ v) n ++ u ++ z).
Proof. now apply Blocks.rounds_agree. Qed.

(* so no way leads back in the minimal automaton of its languages *)
Theorem headline_past_only_ordered (sigma : list nat) (A : automaton) (f : formula)
    (reduced : minimal sigma A) (fragment : ltl_past f) (language : recognised sigma A f) :
  ordered sigma A.
Proof. now apply (Ordered.past_ordered sigma A f). Qed.

(* and every finite automaton without a way back, minimal or not, has a formula of LTL[P] *)
Theorem headline_ordered_past (sigma : list nat) (A : automaton) (size : nat)
    (states : finite sigma A size) (forward : ordered sigma A) :
  exists f, ltl_past f /\ recognised sigma A f.
Proof.
  exists (Ordered.ordered_formula sigma A size).
  split; [apply Ordered.ordered_written | now apply Ordered.ordered_exact].
Qed.

(* LTL[P] and windows up to h cannot, if the places look alike from h times the depth *)
Theorem headline_past_window_rounds (x e u v z : word) (n h : nat) (f : formula)
    (windows : written_with True (fun w => w <= h) f) (shallow : depth f < n)
    (long : h * depth f <= length e) :
  accepted f (x ++ e ++ power (u ++ e ++ v ++ e) n ++ z) =
  accepted f (x ++ e ++ power (u ++ e ++ v ++ e) n ++ u ++ e ++ z).
Proof. now apply (Blocks.blocks_agree x e u v z n h). Qed.

(* so there is no way back between states of its minimal automata that the same word keeps *)
Theorem headline_past_window_ordered (sigma : list nat) (A : automaton) (f : formula)
    (reduced : minimal sigma A) (fragment : written_with True (fun _ => True) f)
    (language : recognised sigma A f) :
  locally_ordered sigma A.
Proof. now apply (Ordered.past_window_ordered sigma A f). Qed.

(* and where there is none, letters and what was entered and left decide *)
Theorem headline_ordered_past_yesterday (sigma : list nat) (A : automaton) (size : nat)
    (states : finite sigma A size) (local : locally_ordered sigma A) :
  exists f, ltl_past_yesterday f /\ recognised sigma A f.
Proof.
  exists (LocallyOrdered.locally_ordered_formula sigma A size).
  split; [apply LocallyOrdered.locally_ordered_written |].
  now apply LocallyOrdered.locally_ordered_exact.
Qed.

Definition somewhere (a b : nat) (w : word) : Prop := exists u v, w = u ++ a :: b :: v.

(* the alphabet decides: P (b and P a) says "somewhere ab" if there are no other letters; with a
   third one no formula of LTL[P] does, but P (b and Y a) *)
Theorem headline_classes_alphabet (sigma : list nat) (a b c : nat)
    (letters : In a sigma /\ In b sigma /\ In c sigma) (three : a <> b /\ a <> c /\ b <> c) :
  defines [a; b] (Past (And (Letter b) (Past (Letter a)))) (somewhere a b) /\
  ~ (exists f, ltl_past f /\ defines sigma f (somewhere a b)) /\
  defines sigma (Past (And (Letter b) (Within 1 (Letter a)))) (somewhere a b).
Proof.
  destruct letters as (A & B & C), three as (AB & AC & BC).
  split; [apply Alphabet.somewhere_two |]. split; [| apply Alphabet.somewhere_defined].
  intros (f & W & F). now apply (Alphabet.somewhere_three sigma a b c f) in F.
Qed.

(* ---- complementary ---- *)

Definition begins (a : nat) (w : word) : Prop := exists v, w = a :: v.
Definition ends (a : nat) (w : word) : Prop := exists u, w = u ++ [a].
Definition alternates (a b : nat) (w : word) : Prop := exists n, w = power [a; b] n.

(* P (a and not P true) says how a word begins; without P no formula does, whatever its windows *)
Theorem headline_first_letter_not_yesterday (sigma : list nat) (a b : nat)
    (letters : In a sigma /\ In b sigma /\ a <> b) :
  (exists f, ltl_past f /\ defines sigma f (begins a)) /\
  ~ (exists f, written_with False (fun _ => True) f /\ defines sigma f (begins a)).
Proof.
  destruct letters as (A & B & D). split.
  - exists (Complementary.first a). split; [now repeat split |]. apply Complementary.begins_defined.
  - intros (f & W & F). now apply (Complementary.begins_not_ended sigma a b f) in F.
Qed.

(* formulas of depth r without P take two words for one that differ in front of their last r k
   letters, k being the widest window; of the second two one is in (ab)* *)
Theorem headline_first_letter_agree (k r a b : nat) (f : formula)
    (windows : written_with False (fun l => l <= k) f) (shallow : depth f <= r) :
  accepted f (a :: repeat b (r * k)) = accepted f (b :: repeat b (r * k)) /\
  accepted f (power [a; b] (r * k)) = accepted f (b :: power [a; b] (r * k)).
Proof. now apply Complementary.beginnings_agree. Qed.

(* Y a says how it ends; with P alone no formula does, nor with windows of two or more beside P *)
Theorem headline_last_letter_not_past (sigma : list nat) (a b : nat)
    (letters : In a sigma /\ In b sigma /\ a <> b) :
  (exists f, ltl_yesterday f /\ defines sigma f (ends a)) /\
  ~ (exists f, ltl_past f /\ defines sigma f (ends a)) /\
  ~ (exists f, written_with True (le 2) f /\ defines sigma f (ends a)).
Proof.
  destruct letters as (A & B & D). split; [| split].
  - exists (Within 1 (Letter a)). split; [now split |]. apply Complementary.ends_defined.
  - intros (f & W & F). apply (Complementary.ends_not_past sigma a b f) in F; auto.
    now apply (TemporalFacts.written_monotone True True (fun _ => False) (le 2)) in W.
  - intros (f & W & F). now apply (Complementary.ends_not_past sigma a b f) in F.
Qed.

(* at each depth they take (ab)^r a for (ab)^r, and so they do with windows of two *)
Theorem headline_last_letter_agree (a b r : nat) (f : formula)
    (fragment : ltl_past f \/ ltl_past_window 2 f) (shallow : depth f <= r) :
  accepted f (power [a; b] r ++ [a]) = accepted f (power [a; b] r).
Proof. now apply Complementary.endings_agree. Qed.

(* (ab)* takes P and Y: not P alone, not windows alone, not P with windows of two or more *)
Theorem headline_alternation_needs_both (sigma : list nat) (a b : nat)
    (letters : In a sigma /\ In b sigma /\ a <> b) :
  (exists f, ltl_past_yesterday f /\ defines sigma f (alternates a b)) /\
  ~ (exists f, ltl_past f /\ defines sigma f (alternates a b)) /\
  ~ (exists f, written_with False (fun _ => True) f /\ defines sigma f (alternates a b)) /\
  ~ (exists f, written_with True (le 2) f /\ defines sigma f (alternates a b)).
Proof.
  destruct letters as (A & B & D). split; [| split; [| split]].
  - exists (Complementary.alternation a b). split; [now repeat split |].
    now apply Complementary.alternation_defined.
  - intros (f & W & F). apply (Complementary.alternation_needs_yesterday sigma a b f) in F; auto.
    now apply (TemporalFacts.written_monotone True True (fun _ => False) (le 2)) in W.
  - intros (f & W & F). now apply (Complementary.alternation_needs_past sigma a b f) in F.
  - intros (f & W & F). now apply (Complementary.alternation_needs_yesterday sigma a b f) in F.
Qed.

(* ---- window-hierarchy ---- *)

(* Y<=(k+1) f is Y<=k f, or all of the last k positions, if any, satisfy Y<=k f *)
Theorem headline_window_next (k : nat) (f : formula) (window : 1 <= k) :
  equivalent (Within (S k) f)
    (Or (Within k f) (And (Within k Top) (Not (Within k (Not (Within k f)))))).
Proof. now apply WindowHierarchy.next_window. Qed.

(* so what uses windows of k and more can be written with the window k, beside P or without *)
Theorem headline_window_contains (past : Prop) (k : nat) (f : formula) (window : 1 <= k)
    (wide : written_with past (le k) f) :
  exists g, written_with past (eq k) g /\ equivalent f g.
Proof. eexists. now apply WindowHierarchy.narrowed_equivalent. Qed.

(* u^r a and u^r, where u has k letters and a is the first, agree up to depth r *)
Theorem headline_window_agree (k r a : nat) (v : word) (f : formula)
    (fragment : ltl_past_window k f) (shallow : depth f <= r) (letters : length (a :: v) = k) :
  accepted f (power (a :: v) r ++ [a]) = accepted f (power (a :: v) r).
Proof. apply WindowHierarchy.repeated_agree; [now rewrite letters | exact shallow]. Qed.

(* and no further, if a is no other letter of u; the formula does without P *)
Theorem headline_window_differ (k r a : nat) (v : word) (other : ~ In a v)
    (letters : length (a :: v) = k) :
  exists f, ltl_window k f /\ depth f = S r /\
    accepted f (power (a :: v) r ++ [a]) = true /\ accepted f (power (a :: v) r) = false.
Proof.
  exists (WindowHierarchy.chain k a (S r)). rewrite <- letters.
  destruct (WindowHierarchy.chain_written (length (a :: v)) a (S r)).
  now destruct (WindowHierarchy.chain_differs a v r other).
Qed.

Definition within_last (k a : nat) (w : word) : Prop :=
  exists u v, w = u ++ a :: v /\ length v < k.

(* "a within the last k" needs a window of k: no wider one defines it, even with P *)
Theorem headline_window_strict (sigma : list nat) (k a b : nat)
    (letters : In a sigma /\ In b sigma /\ a <> b) (window : 1 <= k) :
  (exists f, ltl_window k f /\ defines sigma f (within_last k a)) /\
  ~ (exists f, written_with True (le (S k)) f /\ defines sigma f (within_last k a)).
Proof.
  destruct letters as (A & B & D). split.
  - exists (Within k (Letter a)). split; [now split |]. apply WindowHierarchy.within_defines.
  - intros (f & W & F). now apply (WindowHierarchy.within_not_wider sigma k a b f) in F.
Qed.

(* over three letters "somewhere ab" has a formula with P and windows of two, of depth 4, and none
   with P and windows of four or more *)
Theorem headline_window_factor (a b c : nat) (three : a <> b /\ a <> c /\ b <> c) :
  (exists f, ltl_past_window 2 f /\ depth f = 4 /\ defines [a; b; c] f (somewhere a b)) /\
  ~ (exists f, written_with True (le 4) f /\ defines [a; b; c] f (somewhere a b)).
Proof.
  destruct three as (AB & AC & BC). split.
  - eexists. split; [| split; [| now apply (Alphabet.somewhere_narrow a b c)]]; now repeat split.
  - intros (f & W & F). now apply (Alphabet.somewhere_not_wide a b c AB AC BC f W).
Qed.
