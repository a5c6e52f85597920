(* Temporal logic over the past of a word: definitions only. Read them with
   StatementsExpressivity.v; what is proved of them lies elsewhere.

   Letters are numbers, and an alphabet is a list of letters. A word w has length w + 1 positions
   0, 1, ..., length w; position i holds letter i, the last one holds none, and there the word is
   accepted or not. Past operators are strict: they speak of earlier positions only. *)
Require Import List Bool PeanoNat.
Import ListNotations.

Definition word : Type := list nat.

Inductive formula : Type :=
| Top : formula
| Letter : nat -> formula
| Not : formula -> formula
| And : formula -> formula -> formula
| Or : formula -> formula -> formula
| Past : formula -> formula            (* P, at some earlier position *)
| Within : nat -> formula -> formula.  (* at one of the k positions before this one *)

Fixpoint truth (f : formula) (w : word) (i : nat) : bool :=
  match f with
  | Top => true
  | Letter a => match nth_error w i with Some b => b =? a | None => false end
  | Not g => negb (truth g w i)
  | And g h => truth g w i && truth h w i
  | Or g h => truth g w i || truth h w i
  | Past g => existsb (truth g w) (seq 0 i)
  | Within k g => existsb (truth g w) (seq (i - k) (i - (i - k)))
  end.

Definition accepted (f : formula) (w : word) : bool := truth f w (length w).
Definition equivalent (f g : formula) : Prop := forall w i, truth f w i = truth g w i.

(* the largest number of past operators inside one another *)
Fixpoint depth (f : formula) : nat :=
  match f with
  | Top | Letter _ => 0
  | Not g => depth g
  | And g h | Or g h => Nat.max (depth g) (depth h)
  | Past g | Within _ g => S (depth g)
  end.

(* the formulas whose windows are all allowed, and that use P only where it is *)
Fixpoint written_with (past : Prop) (window : nat -> Prop) (f : formula) : Prop :=
  match f with
  | Top | Letter _ => True
  | Not g => written_with past window g
  | And g h | Or g h => written_with past window g /\ written_with past window h
  | Past g => past /\ written_with past window g
  | Within k g => window k /\ written_with past window g
  end.

Definition ltl_past : formula -> Prop := written_with True (fun _ => False).     (* LTL[P] *)
Definition ltl_window (k : nat) : formula -> Prop := written_with False (eq k).  (* LTL[Y<=k] *)
Definition ltl_past_window (k : nat) : formula -> Prop := written_with True (eq k).
Definition ltl_yesterday : formula -> Prop := ltl_window 1.                      (* LTL[Y] *)
Definition ltl_past_yesterday : formula -> Prop := ltl_past_window 1.            (* LTL[P,Y] *)

(* a language over an alphabet, and the formula that defines it there *)
Definition defines (sigma : list nat) (f : formula) (language : word -> Prop) : Prop :=
  forall w, incl w sigma -> (accepted f w = true <-> language w).

(* w n times *)
Definition power (w : word) (n : nat) : word := concat (repeat w n).

Definition any (formulas : list formula) : formula := fold_right Or (Not Top) formulas.
