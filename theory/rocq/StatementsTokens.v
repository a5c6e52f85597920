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
Proof.
  rewrite !SinkTokens.first_letters_iff. split.
  - exists 0. intros u v _ _ E _. unfold zero_at.
    rewrite <- (SinkTokens.nth_error_firstn' u (S s)), E, SinkTokens.nth_error_firstn' by lia. auto.
  - intros (N & E). specialize (E (repeat 1 s ++ 0 :: repeat 1 N) (repeat 1 s ++ 1 :: repeat 1 N)).
    assert (ones : forall n, over q (repeat 1 n)).
    { intros n. apply Forall_forall. intros a A. apply repeat_spec in A. lia. }
    assert (forall a, zero_at s (repeat 1 s ++ a :: repeat 1 N) = (a =? 0)) as Z.
    { intros a. unfold zero_at. now rewrite nth_error_app2, repeat_length, Nat.sub_diag
        by (rewrite repeat_length; lia). }
    rewrite !Z in E. discriminate E.
    + apply Forall_app. split; [apply ones|]. constructor; [lia|apply ones].
    + apply Forall_app. split; [apply ones|]. constructor; [lia|apply ones].
    + rewrite !firstn_app, repeat_length, Nat.sub_diag. reflexivity.
    + unfold last_letters. rewrite !app_length. cbn [length]. rewrite !repeat_length.
      rewrite !skipn_app, repeat_length. f_equal; auto.
      replace (s + S N - N - s) with 1 by lia. reflexivity.
Qed.

(* no number of first letters tells whether 01 occurs *)
Theorem headline_sink_boundary (q s : nat) (letters : 2 <= q) :
  ~ recognised q (sink_heads s 1) no_mark zero_then_one.
Proof.
  rewrite SinkTokens.first_letters_iff. intros (N & E).
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

(* without tokens, heads of both kinds are the logic of Temporal.v *)
Theorem headline_global_same_logic (q k : nat) (L : list nat -> bool) :
  recognised q (hybrid_heads k) no_mark L <->
  exists f, Temporal.ltl_past_window k f /\ forall w, over q w -> Temporal.accepted f w = L w.
Proof. apply GlobalTokens.temporal_iff. Qed.

(* they tell even lengths if and only if B is even *)
Theorem headline_global_parity (B : nat) (period : 2 <= B) :
  recognised 1 (global_heads B 1) no_mark even_length <-> Nat.Even B.
Proof. now apply Eventually.parity_iff. Qed.

Theorem headline_global_parity_hybrid (k : nat) :
  ~ recognised 1 (hybrid_heads k) no_mark even_length.
Proof. apply Eventually.parity_not_hybrid. Qed.

(* heads that all see the global tokens do not know the last letter, whatever their windows *)
Theorem headline_global_blurs (q B : nat) (letters : 2 <= q) (period : 1 <= B) :
  ~ recognised q (always_global B) no_mark ends_in_zero.
Proof. now apply Eventually.last_letter_blurred. Qed.

Theorem headline_global_blurs_none (q : nat) : recognised q (local_head 1) no_mark ends_in_zero.
Proof.
  exists (See (window 1) (Letter 0)). split; [easy|]. intros w _. unfold ends_in_zero.
  rewrite SinkTokens.accepts_here.
  destruct w as [|a w _] using rev_ind; [reflexivity|].
  rewrite SinkTokens.here_yesterday, SinkTokens.here_letter, rev_app_distr.
  apply (Nat.eqb_sym 0 a).
Qed.
