(* Formulas whose past operators are visibility patterns: which earlier positions a head sees.

   Letters and positions are natural numbers; positions are counted from 0, so that a word of n
   letters is read at position n, which holds none. A formula speaks of earlier positions only: what
   a pattern says of later ones is never asked. *)
Require Import List Bool Arith.
Import ListNotations.

(* p i j: a head at position i sees the earlier position j *)
Definition pattern := nat -> nat -> bool.

Inductive formula :=
  | Truth
  | Letter (a : nat)
  | Place (m : nat -> bool)
  | Neg (f : formula)
  | Both (f g : formula)
  | See (p : pattern) (f : formula).

Fixpoint holds (x : nat -> option nat) (f : formula) (i : nat) : bool :=
  match f with
  | Truth => true
  | Letter a => match x i with Some b => a =? b | None => false end
  | Place m => m i
  | Neg f => negb (holds x f i)
  | Both f g => holds x f i && holds x g i
  | See p f => existsb (fun j => p i j && holds x f j) (seq 0 i)
  end.

Definition accepts (f : formula) (w : list nat) : bool := holds (nth_error w) f (length w).

(* the same after a sink, a position without a letter before the first *)
Definition sink_first (w : list nat) (i : nat) : option nat :=
  match i with O => None | S i => nth_error w i end.
Definition accepts_after_sink (f : formula) (w : list nat) : bool :=
  holds (sink_first w) f (S (length w)).

(* the fragment with these heads and marks of position *)
Fixpoint made_of (heads : pattern -> Prop) (marks : (nat -> bool) -> Prop) (f : formula) : Prop :=
  match f with
  | Truth | Letter _ => True
  | Place m => marks m
  | Neg f => made_of heads marks f
  | Both f g => made_of heads marks f /\ made_of heads marks g
  | See p f => heads p /\ made_of heads marks f
  end.

(* ---- patterns ---- *)

Definition past : pattern := fun i j => true.
Definition window (k : nat) : pattern := fun i j => i <=? j + k.
Definition position (t : nat) : pattern := fun i j => j =? t.
Definition streaming (s k : nat) : pattern := fun i j => (j <? s) || (i <=? j + k).
Definition with_sink (p : pattern) : pattern := fun i j => (j =? 0) || p i j.

(* every B-th position, counted from 1, is global *)
Definition global_place (B : nat) : nat -> bool := fun i => S i mod B =? 0.
Definition global (B k : nat) : pattern :=
  fun i j => (i <=? j + k) || global_place B j || global_place B i.

(* ---- languages ---- *)

(* words over the letters 0 ... q - 1 *)
Definition over (q : nat) (w : list nat) : Prop := Forall (fun a => a < q) w.

Definition no_mark (m : nat -> bool) : Prop := False.
Definition recognised (q : nat) (heads : pattern -> Prop) (marks : (nat -> bool) -> Prop)
    (L : list nat -> bool) : Prop :=
  exists f, made_of heads marks f /\ forall w, over q w -> accepts f w = L w.

Definition local_head (k : nat) (p : pattern) : Prop := p = window k.
Definition sink_heads (s k : nat) (p : pattern) : Prop :=
  p = window k \/ exists t, t < s /\ p = position t.
Definition streaming_head (s k : nat) (p : pattern) : Prop := p = streaming s k.
Definition hybrid_heads (k : nat) (p : pattern) : Prop := p = window k \/ p = past.
Definition global_heads (B k : nat) (p : pattern) : Prop := p = window k \/ p = global B k.
Definition always_global (B : nat) (p : pattern) : Prop := exists k, p = global B k.
Definition modulo (B : nat) (m : nat -> bool) : Prop := m = global_place B.

(* one read-out at the end of the word: what sees all letters is seen by none *)
Inductive read_out : formula -> Prop :=
  | read_here f : made_of (local_head 1) no_mark f -> read_out f
  | read_all f : made_of (local_head 1) no_mark f -> read_out (See past f)
  | read_neg f : read_out f -> read_out (Neg f)
  | read_both f g : read_out f -> read_out g -> read_out (Both f g).

Definition last_letters (N : nat) (w : list nat) : list nat := skipn (length w - N) w.

(* the first s and the last N letters decide *)
Definition decided_by_ends (q s N : nat) (L : list nat -> bool) : Prop :=
  forall u v, over q u -> over q v -> firstn s u = firstn s v ->
  last_letters N u = last_letters N v -> L u = L v.

Definition factor (f w : list nat) : Prop := exists x y, w = x ++ f ++ y.

(* the first and the last N letters and the set of factors of N letters decide *)
Definition locally_testable (q N : nat) (L : list nat -> bool) : Prop :=
  forall u v, over q u -> over q v -> firstn N u = firstn N v ->
  last_letters N u = last_letters N v ->
  (forall f, length f = N -> (factor f u <-> factor f v)) -> L u = L v.

(* ---- examples ---- *)

Definition ends_in_zero (w : list nat) : bool :=
  match rev w with a :: _ => a =? 0 | [] => false end.
Definition even_length (w : list nat) : bool := Nat.even (length w).
Definition zero_at (s : nat) (w : list nat) : bool :=
  match nth_error w s with Some a => a =? 0 | None => false end.
Fixpoint zero_then_one (w : list nat) : bool :=
  match w with
  | a :: ((b :: _) as r) => (a =? 0) && (b =? 1) || zero_then_one r
  | _ => false
  end.
