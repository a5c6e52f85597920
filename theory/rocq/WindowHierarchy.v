(* window-hierarchy -- a wider window says strictly less, also beside P.

   Source: expressivity, whose lemma on (ab^(k-1))^r this is for every repeated word; the order of
   all windows is ours.
   Assumes: nothing but k >= 1 where a window is split, and two letters where a word must show it.

   Proved: Y<=(k+1) is definable from Y<=k (next_window), so every wider window is (narrowed); no
   formula of depth r with P and Y<=k tells u^r a from u^r, where u has k letters and a is the first
   (repeated_agree); one of depth r + 1 does (chain_differs); so "a within the last k" is not
   definable with P and Y<=(k+1) (within_not_wider). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts.
Import ListNotations.

(* ---- a wider window from a narrow one ---- *)

(* g within t + 1 positions, from `near`: g within t *)
Definition longer (j : nat) (g near : formula) : formula :=
  Or (Within j g) (And (Within j Top) (Not (Within j (Not near)))).

(* g within j + s positions *)
Fixpoint lengthened (j s : nat) (g : formula) : formula :=
  match s with O => Within j g | S s' => longer j g (lengthened j s' g) end.

Lemma longer_correct j t g near :
  1 <= j <= t -> (forall w i, truth near w i = truth (Within t g) w i) ->
  forall w i, truth (longer j g near) w i = truth (Within (S t) g) w i.
Proof.
  intros J H w i. apply same_truth. unfold longer.
  rewrite truth_or, truth_and, truth_not, !truth_within. split.
  - intros [(m & M & T) | [(m & M & _) A]]; [exists m; split; [lia | exact T] |].
    destruct (truth near w (i - 1)) eqn:E.
    + rewrite H, truth_within in E. destruct E as (n & N & T). exists n. split; [lia | exact T].
    + destruct A. exists (i - 1). split; [lia |]. rewrite truth_not. congruence.
  - intros (m & M & T). destruct (Nat.le_gt_cases i (m + j)) as [L | L];
      [left; exists m; split; [lia | exact T] |].
    right. split; [exists (i - 1); split; [lia | reflexivity] |].
    intros (n & N & F). rewrite truth_not in F. apply F. rewrite H, truth_within.
    exists m. split; [lia | exact T].
Qed.

Lemma lengthened_correct j s g : 1 <= j ->
  forall w i, truth (lengthened j s g) w i = truth (Within (j + s) g) w i.
Proof.
  intros J. induction s as [| s IH]; intros w i.
  - now rewrite Nat.add_0_r.
  - rewrite Nat.add_succ_r. apply longer_correct; [lia | exact IH].
Qed.

Lemma lengthened_written past j s g :
  written_with past (eq j) g -> written_with past (eq j) (lengthened j s g).
Proof. intros G. induction s; simpl; tauto. Qed.

Theorem next_window k f : 1 <= k -> equivalent (Within (S k) f) (longer k f (Within k f)).
Proof. intros K w i. symmetry. now apply longer_correct. Qed.

Lemma equivalent_within k f g : equivalent f g -> equivalent (Within k f) (Within k g).
Proof.
  intros E w i. apply same_truth. rewrite !truth_within.
  split; intros (j & J & T); exists j; (split; [exact J |]); [rewrite <- E | rewrite E]; exact T.
Qed.

Lemma equivalent_past f g : equivalent f g -> equivalent (Past f) (Past g).
Proof.
  intros E w i. apply same_truth. rewrite !truth_past.
  split; intros (j & J & T); exists j; (split; [exact J |]); [rewrite <- E | rewrite E]; exact T.
Qed.

(* a formula whose windows are k or wider, with windows k only *)
Fixpoint narrowed (k : nat) (f : formula) : formula :=
  match f with
  | Top => Top
  | Letter a => Letter a
  | Not g => Not (narrowed k g)
  | And g h => And (narrowed k g) (narrowed k h)
  | Or g h => Or (narrowed k g) (narrowed k h)
  | Past g => Past (narrowed k g)
  | Within l g => lengthened k (l - k) (narrowed k g)
  end.

Theorem narrowed_equivalent past k f :
  1 <= k -> written_with past (le k) f ->
  written_with past (eq k) (narrowed k f) /\ equivalent f (narrowed k f).
Proof.
  intros K. induction f as [| a | g IH | g IHg h IHh | g IHg h IHh | g IH | l g IH];
    simpl written_with.
  - split; easy.
  - split; easy.
  - intros W. destruct (IH W) as [W' E]. split; [easy |]. intros w i. simpl. now rewrite E.
  - intros [G H]. destruct (IHg G) as [G' E], (IHh H) as [H' F]. split; [easy |].
    intros w i. simpl. now rewrite E, F.
  - intros [G H]. destruct (IHg G) as [G' E], (IHh H) as [H' F]. split; [easy |].
    intros w i. simpl. now rewrite E, F.
  - intros [P W]. destruct (IH W) as [W' E]. split; [easy |]. now apply equivalent_past.
  - intros [L W]. destruct (IH W) as [W' E]. split; [now apply lengthened_written |].
    intros w i. rewrite (equivalent_within l _ _ E w i).
    replace l with (k + (l - k)) at 1 by lia. symmetry. now apply lengthened_correct.
Qed.

(* ---- two words that look the same ---- *)

Lemma nth_power u n p :
  p < n * length u -> nth_error (power u n) p = nth_error u (p mod length u).
Proof.
  revert p. induction n as [| n IH]; intros p L; [easy |]. rewrite power_S.
  destruct (Nat.lt_ge_cases p (length u)) as [S | G].
  - now rewrite nth_error_app1, Nat.mod_small.
  - rewrite nth_error_app2, IH by (simpl in L; lia).
    rewrite <- (Nat.mod_add (p - length u) 1) by (intros Z; rewrite Z in *; lia).
    do 2 f_equal. lia.
Qed.

(* p and q are as far into their repetitions of k letters *)
Definition in_step (k p q : nat) : Prop := exists x y, p + x * k = q + y * k.

Lemma in_step_mod k p q : k <> 0 -> in_step k p q -> p mod k = q mod k.
Proof.
  intros K (x & y & E). rewrite <- (Nat.mod_add p x), <- (Nat.mod_add q y) by exact K. now f_equal.
Qed.

(* within the k positions from `least` on there is one in step with m *)
Lemma in_step_after k least m : k <> 0 ->
  exists n, least <= n < least + k /\ in_step k m n /\ in_step k n m.
Proof.
  intros K. pose proof (Nat.div_mod_eq (m + least * k - least) k) as D.
  pose proof (Nat.mod_upper_bound (m + least * k - least) k K) as B.
  assert (least <= least * k) by nia.
  set (o := (m + least * k - least) mod k) in *. set (z := (m + least * k - least) / k) in *.
  exists (least + o). split; [lia |]. split; [exists least, z | exists z, least]; lia.
Qed.

Section Agreement.
  Context (a : nat) (v : word) (r : nat).
  Let u := a :: v.
  Let k := length u.
  Let long := power u r ++ [a].
  Let short := power u r.

  Definition alike (d p q : nat) : Prop :=
    (p = q /\ q < r * k) \/
    (p = r * k + 1 /\ q = r * k /\ d <= r) \/
    (in_step k p q /\ in_step k q p /\ d * k <= p <= r * k /\ d * k <= q < r * k).

  Let some_letters : k <> 0.
  Proof. easy. Qed.

  Lemma longer_letter p : p <= r * k -> nth_error long p = nth_error u (p mod k).
  Proof.
    intros L. unfold long. destruct (Nat.eq_dec p (r * k)) as [-> |].
    - rewrite nth_error_app2, power_length, Nat.sub_diag, Nat.mod_mul by
        (rewrite ?power_length; auto). easy.
    - rewrite nth_error_app1 by (rewrite power_length; fold k; lia).
      apply nth_power. fold k. lia.
  Qed.

  Lemma alike_letters d p q : alike d p q -> nth_error long p = nth_error short q.
  Proof.
    assert (length long = r * k + 1 /\ length short = r * k) as [L S].
    { unfold long. rewrite app_length. unfold short. now rewrite power_length. }
    intros [(-> & B) | [(-> & -> & _) | (E & _ & P & Q)]].
    - apply nth_error_app1. now rewrite S in *.
    - transitivity (@None nat); [| symmetry]; apply nth_error_None; lia.
    - rewrite longer_letter by lia. symmetry. etransitivity; [apply nth_power; fold k; lia |].
      fold k. f_equal. symmetry. now apply in_step_mod.
  Qed.

  Lemma alike_past d p q : alike (S d) p q ->
    matched (alike d) (fun m => m < p) (fun n => n < q) /\
    matched (fun n m => alike d m n) (fun n => n < q) (fun m => m < p).
  Proof.
    intros [(-> & B) | [(-> & -> & D) | (E & F & P & Q)]]; split; intros m M.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - destruct (Nat.eq_dec m (r * k)) as [-> |]; [| exists m; split; [lia |]; left; lia].
      exists (r * k - k). split; [nia |]. right; right.
      repeat split; try nia; [exists 0, 1 | exists 1, 0]; nia.
    - exists m. split; [lia |]. left. lia.
    - destruct (Nat.lt_ge_cases m (d * k)); [exists m; split; [lia |]; left; lia |].
      destruct (in_step_after k (d * k) m some_letters) as (n & B & ? & ?).
      exists n. split; [lia |]. right; right. repeat split; try assumption; lia.
    - destruct (Nat.lt_ge_cases m (d * k)); [exists m; split; [lia |]; left; lia |].
      destruct (in_step_after k (d * k) m some_letters) as (n & B & ? & ?).
      exists n. split; [lia |]. right; right. repeat split; try assumption; lia.
  Qed.

  Lemma alike_window d p q : alike (S d) p q ->
    matched (alike d) (fun m => m < p <= m + k) (fun n => n < q <= n + k) /\
    matched (fun n m => alike d m n) (fun n => n < q <= n + k) (fun m => m < p <= m + k).
  Proof.
    intros [(-> & B) | [(-> & -> & D) | ((x & y & E) & (x' & y' & F) & P & Q)]];
      split; intros m M.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - destruct (Nat.eq_dec m (r * k)) as [-> |]; [| exists m; split; [lia |]; left; lia].
      exists (r * k - k). split; [nia |]. right; right.
      repeat split; try nia; [exists 0, 1 | exists 1, 0]; nia.
    - destruct (Nat.eq_dec m (r * k - k)) as [-> |]; [| exists m; split; [lia |]; left; lia].
      exists (r * k). split; [lia |]. right; right.
      repeat split; try nia; [exists 0, 1 | exists 1, 0]; nia.
    - exists (m + q - p). split; [lia |]. right; right.
      repeat split; try lia; [exists x, y | exists x', y']; lia.
    - exists (m + p - q). split; [lia |]. right; right.
      repeat split; try lia; [exists x, y | exists x', y']; lia.
  Qed.

  Theorem repeated_agree f :
    written_with True (eq k) f -> depth f <= r -> accepted f long = accepted f short.
  Proof.
    intros W D. unfold accepted.
    apply (simulation True (eq k) long short alike) with (d := r); try assumption.
    { exact alike_letters. }
    { intros _. exact alike_past. }
    { intros l <-. exact alike_window. }
    right; left. unfold long, short. rewrite app_length, power_length. fold k. auto.
  Qed.
End Agreement.

(* ---- what tells them apart ---- *)

(* at least n of the letter before, each within k of the next *)
Fixpoint chain (k a n : nat) : formula :=
  match n with O => Top | S m => Within k (And (Letter a) (chain k a m)) end.

Lemma chain_written k a n : ltl_window k (chain k a n) /\ depth (chain k a n) = n.
Proof. induction n as [| n [W D]]; simpl; [now split | now rewrite D]. Qed.

Lemma chain_counts k a n w i :
  truth (chain k a n) w i = true -> n <= count_occ Nat.eq_dec (firstn i w) a.
Proof.
  revert i. induction n as [| n IH]; intros i T; [lia |].
  apply truth_within in T as (j & J & T). apply truth_and in T as [A T].
  apply truth_letter in A. apply IH in T.
  replace i with (S j + (i - S j)) by lia.
  rewrite <- (firstn_skipn (S j) (firstn _ w)), firstn_firstn, count_occ_app.
  replace (Nat.min (S j) (S j + (i - S j))) with (S j) by lia.
  enough (count_occ Nat.eq_dec (firstn (S j) w) a = S (count_occ Nat.eq_dec (firstn j w) a)) by lia.
  clear - A. revert j A. induction w as [| b w IH]; intros [| j] A; try easy.
  - injection A as ->. simpl. destruct (Nat.eq_dec a a); easy.
  - simpl in *. specialize (IH j A). simpl in IH. destruct (Nat.eq_dec b a); auto.
Qed.

Lemma chain_holds k a v n w :
  k = length (a :: v) ->
  (forall m, m < n -> nth_error w (m * k) = Some a) -> truth (chain k a n) w (n * k) = true.
Proof.
  intros K. induction n as [| n IH]; intros A; [easy |]. apply truth_within.
  exists (n * k). simpl in K. split; [lia |]. apply truth_and. split.
  - apply truth_letter. apply A. lia.
  - apply IH. auto.
Qed.

Theorem chain_differs a v r :
  ~ In a v ->
  let u := a :: v in
  accepted (chain (length u) a (S r)) (power u r ++ [a]) = true /\
  accepted (chain (length u) a (S r)) (power u r) = false.
Proof.
  intros N u. set (k := length u). split.
  - unfold accepted. rewrite app_length, power_length. fold k. apply truth_within.
    assert (A : forall m, m <= r -> nth_error (power u r ++ [a]) (m * k) = Some a).
    { intros m M. unfold u. rewrite (longer_letter a v r) by (fold u k; nia). fold u k.
      now rewrite Nat.mod_mul. }
    exists (r * k). unfold k. simpl length. split; [lia |]. apply truth_and. split.
    + apply truth_letter. apply A. lia.
    + apply (chain_holds k a v r); [easy |]. intros m M. apply A. lia.
  - apply not_true_is_false. intros T. apply chain_counts in T.
    rewrite firstn_all in T. enough (count_occ Nat.eq_dec (power u r) a = r) by lia.
    clear T. induction r as [| n IH]; [easy |]. rewrite power_S, count_occ_app, IH.
    unfold u. rewrite count_occ_cons_eq by easy. apply (count_occ_not_In Nat.eq_dec) in N. lia.
Qed.

(* ---- the hierarchy is strict ---- *)

Definition within_last (k a : nat) (w : word) : Prop :=
  exists u v, w = u ++ a :: v /\ length v < k.

Lemma within_defines sigma k a : defines sigma (Within k (Letter a)) (within_last k a).
Proof.
  intros w _. unfold accepted. rewrite truth_within. split.
  - intros (j & J & T). apply truth_letter, nth_error_split in T as (u & v & -> & L).
    exists u, v. split; [easy |]. rewrite app_length in J. simpl in J. lia.
  - intros (u & v & -> & L). exists (length u). rewrite app_length. simpl. split; [lia |].
    apply truth_letter. rewrite nth_error_app2, Nat.sub_diag by lia. easy.
Qed.

Lemma repeated_within a b k r : a <> b -> 1 <= k ->
  let u := a :: repeat b k in within_last k a (power u r ++ [a]) /\ ~ within_last k a (power u r).
Proof.
  intros D K u. split; [exists (power u r), []; now split |].
  intros (x & y & E & L). destruct r as [| r]; [now destruct x |].
  rewrite power_S, power_comm in E.
  assert (M : exists m, m < k /\ nth_error (rev (power u r ++ u)) m = Some a).
  { exists (length y). split; [exact L |]. rewrite E, rev_app_distr. simpl.
    rewrite <- app_assoc, nth_error_app2; rewrite rev_length; [| lia]. now rewrite Nat.sub_diag. }
  destruct M as (m & M & N). rewrite rev_app_distr in N. unfold u at 1 in N. simpl in N.
  rewrite <- app_assoc, nth_error_app1 in N by (now rewrite rev_length, repeat_length).
  apply nth_error_In, in_rev, repeat_spec in N. easy.
Qed.

Theorem within_not_wider sigma k a b f :
  In a sigma -> In b sigma -> a <> b -> 1 <= k ->
  written_with True (le (S k)) f -> ~ defines sigma f (within_last k a).
Proof.
  intros A B N K W D. destruct (narrowed_equivalent True (S k) f ltac:(lia) W) as [W' E].
  set (g := narrowed (S k) f) in *. set (r := depth g). set (u := a :: repeat b k).
  destruct (repeated_within a b k r N K) as [yes no]. fold u in yes, no.
  assert (I : incl (power u r) sigma).
  { apply power_incl. intros c [<- | I]; [exact A |]. apply repeat_spec in I as ->. exact B. }
  assert (same : accepted g (power u r ++ [a]) = accepted g (power u r)).
  { apply (repeated_agree a (repeat b k) r g); [| lia]. simpl. now rewrite repeat_length. }
  apply no, D; [exact I |]. unfold accepted in *. rewrite E, <- same, <- E.
  apply D; [| exact yes]. apply incl_app; [exact I |]. intros c [<- | []]. exact A.
Qed.
