(* Deterministic automata: definitions only, to be read with StatementsExpressivity.v.

   States and letters are numbers; state 0 is the start. What holds only for some words holds for
   those over the alphabet sigma. *)
Require Import List.
From Locality Require Import Temporal.
Import ListNotations.

Record automaton : Type := { step : nat -> nat -> nat; accepting : nat -> bool }.

Definition run (A : automaton) (q : nat) (w : word) : nat := fold_left (step A) w q.

Definition recognised (sigma : list nat) (A : automaton) (f : formula) : Prop :=
  defines sigma f (fun w => accepting A (run A 0 w) = true).

Definition reached (sigma : list nat) (A : automaton) (q : nat) : Prop :=
  exists w, incl w sigma /\ run A 0 w = q.

(* its states are among 0, ..., size - 1 *)
Definition finite (sigma : list nat) (A : automaton) (size : nat) : Prop :=
  forall q, reached sigma A q -> q < size.

(* different states, different languages *)
Definition minimal (sigma : list nat) (A : automaton) : Prop :=
  forall p q, reached sigma A p -> reached sigma A q ->
    (forall w, incl w sigma -> accepting A (run A p w) = accepting A (run A q w)) -> p = q.

(* no way back: every component is one state *)
Definition ordered (sigma : list nat) (A : automaton) : Prop :=
  forall q u v, reached sigma A q -> incl u sigma -> incl v sigma ->
    run A q (u ++ v) = q -> run A q u = q.

(* no way back between two states that some word, not empty, leads each to itself *)
Definition locally_ordered (sigma : list nat) (A : automaton) : Prop :=
  forall q e u v, reached sigma A q -> incl e sigma -> incl u sigma -> incl v sigma ->
    e <> [] -> run A q e = q -> run A (run A q u) e = run A q u ->
    run A q (u ++ v) = q -> run A q u = q.

(* no two states that some word, not empty, leads each to itself *)
Definition forgetful (sigma : list nat) (A : automaton) : Prop :=
  forall p q e, reached sigma A p -> reached sigma A q -> incl e sigma -> e <> [] ->
    run A p e = p -> run A q e = q -> p = q.
