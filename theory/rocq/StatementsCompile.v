(* The headlines on formulas compiled to attention, in exact arithmetic, restated with the words of
   Statements.v and Temporal.v. *)
Require Import Reals Lia List Bool PeanoNat.
From Locality Require Import Functions Bounds Statements Temporal.
From Locality Require Compile CompileScale.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

Definition bit (b : bool) : R := if b then 1 else 0.

(* a head whose true keys score `scale`, whose others score 0, and whose values are the truth; an
   empty past gives 0 *)
Definition head (past : list nat) (scale : R) (x : nat -> R) : R :=
  mean past (fun j => scale * x j) 1 x.
(* the feed-forward step after it: 0 up to a quarter, 1 from a half on *)
Definition read (mass : R) : R := ramp (4 * mass - 1) - ramp (4 * mass - 2).

(* what the compiled transformer holds for f at position i, each operator having its own scale *)
Fixpoint compiled (scale : formula -> R) (f : formula) (w : word) (i : nat) : R :=
  match f with
  | Top => 1
  | Letter a => match nth_error w i with Some b => bit (b =? a)%nat | None => 0 end
  | Not g => ramp (1 - compiled scale g w i)
  | And g h => ramp (compiled scale g w i + compiled scale h w i - 1)
  | Or g h => 1 - ramp (1 - compiled scale g w i - compiled scale h w i)
  | Past g => read (head (seq 0 i) (scale f) (compiled scale g w))
  | Within k g => read (head (seq (i - k) (i - (i - k))) (scale f) (compiled scale g w))
  end.

(* what the head and the step of an operator make of the values below *)
Definition attended (scale : formula -> R) (below : formula -> nat -> R) (f : formula) (i : nat)
    : R :=
  match f with
  | Past g => read (head (seq 0 i) (scale f) (below g))
  | Within k g => read (head (seq (i - k) (i - (i - k))) (scale f) (below g))
  | _ => 0
  end.

(* ReLUs at one position, on letters and on what was attended *)
Fixpoint combined (seen : formula -> nat -> R) (f : formula) (w : word) (i : nat) : R :=
  match f with
  | Top => 1
  | Letter a => match nth_error w i with Some b => bit (b =? a)%nat | None => 0 end
  | Not g => ramp (1 - combined seen g w i)
  | And g h => ramp (combined seen g w i + combined seen h w i - 1)
  | Or g h => 1 - ramp (1 - combined seen g w i - combined seen h w i)
  | Past _ | Within _ _ => seen f i
  end.

(* what the transformer holds for f at position i after d layers of heads: each attends to what the
   layer before holds, and before the first the operators hold nothing *)
Fixpoint after_layers (scale : formula -> R) (d : nat) (f : formula) (w : word) (i : nat) : R :=
  match d with
  | O => combined (fun _ _ => 0) f w i
  | S e => combined (attended scale (fun g => after_layers scale e g w)) f w i
  end.

(* scales that carry words of n letters: where N keys can be seen, exp scale >= N - 1 *)
Fixpoint carries (scale : formula -> R) (n : nat) (f : formula) : Prop :=
  match f with
  | Top | Letter _ => True
  | Not g => carries scale n g
  | And g h | Or g h => carries scale n g /\ carries scale n h
  | Past g => INR n - 1 <= exp (scale f) /\ carries scale n g
  | Within k g => INR (Nat.min k n) - 1 <= exp (scale f) /\ carries scale n g
  end.

(* ---- compile ---- *)

(* true scores that lead by Delta: what the others get at most, however many are true *)
Theorem headline_compile_bound {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta) :
  leakage keys P s tau <= compile_bound (count keys) (Delta / tau).
Proof. destruct sizes. now apply CompileScale.leakage_le_compile_bound. Qed.

Theorem headline_compile_bound_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (gap : two_level keys P s Delta) (one : count (relevant P keys) = 1) :
  leakage keys P s tau = compile_bound (count keys) (Delta / tau).
Proof. destruct sizes. now apply CompileScale.one_true_key_attains. Qed.

(* the least scale for n keys, whichever of them are true *)
Theorem headline_compile_scale (n : nat) (tau Delta delta : R)
    (many : (2 <= n)%nat) (temperature : 0 < tau) (share : 0 < delta < 1) :
  (forall P s, both_present P (seq 0 n) -> leads_by (seq 0 n) P s Delta ->
     fidelity (seq 0 n) P s tau >= 1 - delta)
  <-> Delta >= tau * compile_scale_bound (INR n) delta.
Proof.
  rewrite <- CompileScale.every_choice_iff by assumption.
  split; intros H P s; [intros I O | intros [I O]]; now apply H.
Qed.

(* what a head gives, its values being the truth, is the attention on the true keys *)
Theorem headline_compile_head {K} (keys : list K) (P : K -> bool) (scale : R) :
  mean keys (fun k => scale * bit (P k)) 1 (fun k => bit (P k))
  = fidelity keys P (fun k => scale * bit (P k)) 1.
Proof. apply Compile.mean_is_mass. Qed.

(* at least what one true key gets *)
Theorem headline_compile_mass {K} (keys : list K) (P : K -> bool) (scale : R)
    (seen : relevant P keys <> []) :
  fidelity keys P (fun k => scale * bit (P k)) 1
  >= 1 / (1 + (count (relevant P keys) + count (others P keys) - 1) * exp (- scale)).
Proof. now apply Compile.one_is_least. Qed.

(* what it is, and so all the more the more keys are true; with one true key it is the bound *)
Theorem headline_compile_mass_exact {K} (keys : list K) (P : K -> bool) (scale : R)
    (seen : relevant P keys <> []) :
  fidelity keys P (fun k => scale * bit (P k)) 1
  = count (relevant P keys)
    / (count (relevant P keys) + count (others P keys) * exp (- scale)).
Proof. now apply Compile.mass_eq. Qed.

(* with a true key it is at least a half, from the least scale on *)
Theorem headline_compile_half {K} (keys : list K) (P : K -> bool) (scale : R)
    (seen : relevant P keys <> []) (enough : count keys - 1 <= exp scale) :
  1 / 2 <= fidelity keys P (fun k => scale * bit (P k)) 1.
Proof. now apply Compile.half_mass. Qed.

(* where no key is true it is nothing, at every scale *)
Theorem headline_compile_mass_none {K} (keys : list K) (P : K -> bool) (scale : R)
    (none : relevant P keys = []) :
  fidelity keys P (fun k => scale * bit (P k)) 1 = 0.
Proof. now apply Compile.mass_none. Qed.

(* a strictly masked global head and one step compute P *)
Theorem headline_compile_past (g : formula) (w : word) (i : nat) (scale : R) (x : nat -> R)
    (truths : forall j, (j < i)%nat -> x j = bit (truth g w j)) (enough : INR i - 1 <= exp scale) :
  read (head (seq 0 i) scale x) = bit (truth (Past g) w i).
Proof.
  apply (Compile.read_mass (seq 0 i) (truth g w)); [| now rewrite seq_length].
  intros j J. apply in_seq in J. now apply truths.
Qed.

(* a head that sees k earlier positions and one step compute Y<=k *)
Theorem headline_compile_window (g : formula) (w : word) (i k : nat) (scale : R) (x : nat -> R)
    (truths : forall j, (i - k <= j < i)%nat -> x j = bit (truth g w j))
    (enough : INR k - 1 <= exp scale) :
  read (head (seq (i - k) (i - (i - k))) scale x) = bit (truth (Within k g) w i).
Proof.
  apply (Compile.read_mass (seq (i - k) (i - (i - k))) (truth g w)).
  - intros j J. apply in_seq in J. apply truths. lia.
  - rewrite seq_length. apply Rle_trans with (2 := enough), Rplus_le_compat_r, le_INR. lia.
Qed.

(* ReLUs compute the Boolean operators *)
Theorem headline_compile_boolean (b c : bool) :
  ramp (1 - bit b) = bit (negb b) /\ ramp (bit b + bit c - 1) = bit (b && c) /\
  1 - ramp (1 - bit b - bit c) = bit (b || c).
Proof. now rewrite Compile.not_exact, Compile.and_exact, Compile.or_exact. Qed.

(* so the compiled formula is its truth, at every position *)
Theorem headline_compile_exact (f : formula) (w : word) (n i : nat) (scale : formula -> R)
    (position : (i <= length w)%nat) (fits : (length w <= n)%nat) (scales : carries scale n f) :
  compiled scale f w i = bit (truth f w i).
Proof. now apply (Compile.compiled_truth scale f w n). Qed.

(* and as many layers do as past operators stand inside one another: after d of them a formula of
   depth at most d is its truth *)
Theorem headline_compile_layers (f : formula) (w : word) (n i d : nat) (scale : formula -> R)
    (position : (i <= length w)%nat) (fits : (length w <= n)%nat) (scales : carries scale n f)
    (layers : (depth f <= d)%nat) :
  after_layers scale d f w i = bit (truth f w i).
Proof. now apply (Compile.layers_truth scale w n d). Qed.

(* and no smaller scale will do: one true key among more is not read as true *)
Theorem headline_compile_sharp {K} (keys : list K) (P : K -> bool) (scale : R)
    (one : count (relevant P keys) = 1) (crowd : exp scale < count (others P keys)) :
  read (fidelity keys P (fun k => scale * bit (P k)) 1) < 1.
Proof. now apply Compile.read_too_low. Qed.
