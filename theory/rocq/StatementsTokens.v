(* The headlines on sinks and global tokens, restated with the words of Visibility.v
   and Temporal.v. *)
Require Import List Bool Arith Lia.
From Locality Require Import Visibility.
From Locality Require Temporal.
From Locality Require SinkTokens ReadOut GlobalTokens Eventually.
Import ListNotations.

(* ---- global-tokens ---- *)

(* the first s letters and a window of one: exactly what the first s and the last N letters decide *)
Theorem headline_sink_first_letters (q s : nat) (L : list nat -> bool) :
  recognised q (sink_heads s 1) no_mark L <-> exists N, decided_by_ends q s N L.
Proof. apply SinkTokens.first_letters_iff. Qed.

(* one more letter is more *)
Theorem headline_sink_strict (q s : nat) (letters : 2 <= q) :
  recognised q (sink_heads (S s) 1) no_mark (zero_at s) /\
  ~ recognised q (sink_heads s 1) no_mark (zero_at s).
Proof. split; [apply SinkTokens.letter_told | now apply SinkTokens.next_letter_not_told]. Qed.

(* no number of first letters tells whether 01 occurs *)
Theorem headline_sink_boundary (q s : nat) (letters : 2 <= q) :
  ~ recognised q (sink_heads s 1) no_mark zero_then_one.
Proof. now apply SinkTokens.factor_not_told. Qed.

(* letters in the pattern of the window itself are as good as in heads of their own *)
Theorem headline_sink_same_pattern (q s k : nat) (L : list nat -> bool) (window : 1 <= k) :
  recognised q (streaming_head s k) no_mark L <-> recognised q (sink_heads s k) no_mark L.
Proof. now apply GlobalTokens.streaming_iff. Qed.

(* a sink that holds no letter adds nothing, to any heads that count from where they stand *)
Theorem headline_sink_letterless (q : nat) (heads : pattern -> Prop) (L : list nat -> bool)
    (shift : forall p, heads p -> forall i j, p (S i) (S j) = p i j) :
  (exists f, made_of (fun p => exists p', heads p' /\ p = with_sink p') no_mark f /\
   forall w, over q w -> accepts_after_sink f w = L w) <-> recognised q heads no_mark L.
Proof.
  split; intros (f & F & A).
  - destruct (SinkTokens.after_sink heads shift f F) as (g & G & E).
    exists g. split; auto. intros w W. rewrite <- (A w W). symmetry. apply E.
  - destruct (SinkTokens.before_sink heads shift f F) as (g & G & E).
    exists g. split; auto. intros w W. rewrite <- (A w W). apply E.
Qed.

(* one read-out after local heads: exactly the locally testable languages *)
Theorem headline_global_read_out (q : nat) (L : list nat -> bool) :
  (exists f, read_out f /\ forall w, over q w -> accepts f w = L w) <->
  exists N, locally_testable q N L.
Proof.
  split.
  - intros (f & F & A). destruct (ReadOut.read_out_suffices f F) as (N & E). exists N.
    intros u v U V Fi La Fa. rewrite <- !A by auto. apply (E N); auto. exact (conj Fi (conj La Fa)).
  - intros (N & E). now apply (ReadOut.read_out_definable q N).
Qed.

(* global tokens at every B-th position beside a local head: P, and the position modulo B *)
Theorem headline_global_periodic (q B k : nat) (L : list nat -> bool) (period : 2 <= B)
    (window : 1 <= k) :
  recognised q (global_heads B k) no_mark L <-> recognised q (hybrid_heads k) (modulo B) L.
Proof. now apply GlobalTokens.global_iff. Qed.

(* without tokens, local heads, and global ones beside them, are the logics of Temporal.v *)
Theorem headline_global_same_logic (q k : nat) (L : list nat -> bool) :
  (recognised q (local_head k) no_mark L <->
   exists f, Temporal.ltl_window k f /\ forall w, over q w -> Temporal.accepted f w = L w) /\
  (recognised q (hybrid_heads k) no_mark L <->
   exists f, Temporal.ltl_past_window k f /\ forall w, over q w -> Temporal.accepted f w = L w).
Proof. split; [apply GlobalTokens.local_temporal_iff | apply GlobalTokens.hybrid_temporal_iff]. Qed.

(* they tell even lengths if and only if B is even *)
Theorem headline_global_parity (B : nat) (period : 2 <= B) :
  recognised 1 (global_heads B 1) no_mark even_length <-> Nat.Even B.
Proof. now apply Eventually.parity_iff. Qed.

Theorem headline_global_parity_hybrid (k : nat) :
  ~ recognised 1 (hybrid_heads k) no_mark even_length.
Proof. apply Eventually.parity_not_hybrid. Qed.

(* heads that all see the global tokens do not know the last letter, whatever their windows, even if
   they know which positions these are *)
Theorem headline_global_blurs (q B : nat) (letters : 2 <= q) (period : 1 <= B) :
  ~ recognised q (always_global B) (modulo B) ends_in_zero.
Proof. now apply Eventually.last_letter_blurred. Qed.

Theorem headline_global_blurs_none (q : nat) : recognised q (local_head 1) no_mark ends_in_zero.
Proof. apply SinkTokens.last_letter_told. Qed.
