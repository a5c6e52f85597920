(* depth-cost -- how many operators inside one another look back farther than their window.

   Source: expressivity compiles a window out of others; what that costs at least is ours.
   Assumes: two letters, and a window j that is at most the k letters to look back.

   Proved: one operator more reaches j positions farther, or one (steps_correct), so k / j + k mod j
   look back k (enough), P or not no fewer do (least_depth), for they cannot tell
   (a b^(j-1))^n a b^(k-1) from the same with one b more (blocks_agree). Neighbouring positions
   after the last a look alike at depth d unless their distance from it is i + j y with i + y <= d
   and 1 <= y (crossing): an operator moves by one position, or by j, what can be told. *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts WindowHierarchy.
Import ListNotations.

(* ---- enough ---- *)

(* g within t + j positions, from `near`: g within t *)
Definition farther (j : nat) (g near : formula) : formula := Or (Within j g) (Within j near).

(* g within j + s + j y positions *)
Fixpoint reach (j s y : nat) (g : formula) : formula :=
  match y with O => lengthened j s g | S y' => farther j g (reach j s y' g) end.

Lemma farther_correct j t g near :
  1 <= j <= t -> (forall w i, truth near w i = truth (Within t g) w i) ->
  forall w i, truth (farther j g near) w i = truth (Within (j + t) g) w i.
Proof.
  intros J H w i. apply same_truth. unfold farther. rewrite truth_or, !truth_within. split.
  - intros [(m & M & T) | (m & M & T)]; [exists m; split; [lia | exact T] |].
    rewrite H, truth_within in T. destruct T as (n & N & T). exists n. split; [lia | exact T].
  - intros (m & M & T). destruct (Nat.le_gt_cases i (m + j)) as [L | L];
      [left; exists m; split; [lia | exact T] |].
    right. exists (i - j). split; [lia |]. rewrite H, truth_within. exists m.
    split; [lia | exact T].
Qed.

Theorem steps_correct j t g : 1 <= j <= t ->
  equivalent (Within (t + j) g) (farther j g (Within t g)) /\
  equivalent (Within (S t) g) (longer j g (Within t g)).
Proof.
  intros J. split; intros w i; symmetry; [rewrite (Nat.add_comm t) |].
  - now apply farther_correct.
  - now apply longer_correct.
Qed.

Lemma reach_correct j s y g : 1 <= j -> equivalent (reach j s y g) (Within (j + s + j * y) g).
Proof.
  intros J. induction y as [| y IH]; intros w i.
  - rewrite Nat.mul_0_r, Nat.add_0_r. now apply lengthened_correct.
  - replace (j + s + j * S y) with (j + (j + s + j * y)) by lia.
    apply farther_correct; [lia | exact IH].
Qed.

Lemma lengthened_depth j s g : depth (lengthened j s g) = S s + depth g.
Proof. induction s; simpl; [easy |]. rewrite IHs. lia. Qed.

Lemma reach_depth j s y g : depth (reach j s y g) = S s + y + depth g.
Proof. induction y; simpl; [rewrite lengthened_depth | rewrite IHy]; lia. Qed.

Lemma reach_written j s y g : ltl_window j g -> ltl_window j (reach j s y g).
Proof.
  intros G. induction y; simpl; [now apply lengthened_written |].
  unfold ltl_window in *. simpl. tauto.
Qed.

(* ---- and none fewer ---- *)

(* what d operators can tell: at distance x after the last a, from x + 1 *)
Definition crossing (j d x : nat) : Prop := exists i y, 1 <= y /\ i + y <= d /\ x = i + j * y.

Lemma crossing_cost j d x : 1 <= j -> crossing j d x -> x / j + x mod j <= d.
Proof.
  intros J (i & y & _ & D & ->). rewrite (Nat.mul_comm j), Nat.div_add, Nat.mod_add by lia.
  pose proof (Nat.div_mod i j ltac:(lia)). nia.
Qed.

Lemma crossing_long j d x : crossing j d x -> j <= x.
Proof. intros (i & y & Y & _ & ->). nia. Qed.

Section Words.
Context (a b j n k : nat) (window : 1 <= j) (letters : a <> b) (recent : 1 <= k).

Definition period : word := a :: repeat b (j - 1).
Definition blocks (l : nat) : word := power period n ++ a :: repeat b l.

Lemma period_length : length period = j.
Proof. simpl. rewrite repeat_length. lia. Qed.

Lemma blocks_length l : length (blocks l) = n * j + S l.
Proof.
  unfold blocks. rewrite app_length, power_length, period_length. simpl.
  now rewrite repeat_length.
Qed.

Lemma nth_repeat_b l i : nth_error (repeat b l) i = if i <? l then Some b else None.
Proof.
  revert i. induction l as [| l IH]; intros [| i]; simpl; try reflexivity. rewrite IH. reflexivity.
Qed.

Definition letter (i : nat) : nat := if i mod j =? 0 then a else b.

Lemma nth_period i : i < j -> nth_error period i = Some (letter i).
Proof.
  intros I. unfold period, letter. rewrite Nat.mod_small by exact I. destruct i as [| i]; [easy |].
  simpl. rewrite nth_repeat_b. destruct (Nat.ltb_spec i (j - 1)); [easy | lia].
Qed.

Lemma nth_blocks l i : nth_error (blocks l) i =
  if i <=? n * j then Some (letter i) else if i <=? n * j + l then Some b else None.
Proof.
  unfold blocks. destruct (Nat.leb_spec i (n * j)) as [L | L].
  - destruct (proj1 (Nat.le_lteq _ _) L) as [M | ->].
    + rewrite nth_error_app1 by now rewrite power_length, period_length.
      rewrite nth_power, period_length by now rewrite period_length.
      rewrite nth_period by (apply Nat.mod_upper_bound; lia).
      unfold letter. now rewrite Nat.mod_mod by lia.
    + rewrite nth_error_app2; rewrite power_length, period_length; [| lia].
      rewrite Nat.sub_diag. unfold letter. now rewrite Nat.mod_mul by lia.
  - rewrite nth_error_app2; rewrite power_length, period_length; [| lia].
    destruct (i - n * j) as [| m] eqn:E; [lia |]. simpl. rewrite nth_repeat_b.
    destruct (Nat.ltb_spec m l), (Nat.leb_spec i (n * j + l)); easy || lia.
Qed.

Lemma nth_near l i : i <= n * j + l -> i < n * j + j ->
  nth_error (blocks l) i = Some (letter i).
Proof.
  intros L I. rewrite nth_blocks. destruct (Nat.leb_spec i (n * j)); [easy |].
  destruct (Nat.leb_spec i (n * j + l)); [| lia]. unfold letter.
  replace i with ((i - n * j) + n * j) by lia. rewrite Nat.mod_add, Nat.mod_small by lia.
  destruct (Nat.eqb_spec (i - n * j) 0); [lia | easy].
Qed.

Lemma nth_far l i : n * j < i <= n * j + l -> nth_error (blocks l) i = Some b.
Proof.
  intros I. rewrite nth_blocks. destruct (Nat.leb_spec i (n * j)); [lia |].
  destruct (Nat.leb_spec i (n * j + l)); [easy | lia].
Qed.

Lemma residue base m : exists i, base <= i < base + j /\ letter i = letter m.
Proof.
  exists (base + (m + (j - 1) * base) mod j). split.
  - pose proof (Nat.mod_upper_bound (m + (j - 1) * base) j ltac:(lia)). lia.
  - unfold letter. rewrite Nat.add_mod_idemp_r by lia.
    replace (base + (m + (j - 1) * base)) with (m + base * j) by nia.
    now rewrite Nat.mod_add by lia.
Qed.

Definition u := blocks (k - 1).
Definition v := blocks k.

Lemma same_letter i : i < n * j + k -> nth_error u i = nth_error v i.
Proof.
  intros I. unfold u, v. rewrite !nth_blocks. destruct (Nat.leb_spec i (n * j)); [easy |].
  destruct (Nat.leb_spec i (n * j + (k - 1))), (Nat.leb_spec i (n * j + k)); easy || lia.
Qed.

(* Position p of u looks like position q of v at depth d: it is the same one; or both lie so far
   behind the start that all they see are the letters, which return in every period; or q is one
   farther from the last a, and d operators cannot tell. *)
Definition stable (d p : nat) : Prop := d * j <= p <= n * j + j.
Definition next (d p q : nat) : Prop :=
  q = S p /\ exists x, p = n * j + x /\ 1 <= x /\ ~ crossing j d x.
Definition alike (d p q : nat) : Prop :=
  d < n /\ p <= n * j + k /\ q <= n * j + k + 1 /\ nth_error u p = nth_error v q /\
  (p = q \/ (stable d p /\ stable d q) \/ next d p q).

Lemma alike_itself d p : d < n -> p < n * j + k -> alike d p p.
Proof. intros D P. repeat split; try lia. now apply same_letter. Qed.

Lemma alike_stable d p q : d < n -> p < n * j + k -> q < n * j + k + 1 ->
  stable d p -> stable d q -> p < n * j + j -> q < n * j + j -> letter p = letter q ->
  alike d p q.
Proof.
  intros D P Q SP SQ LP LQ E. repeat split; try lia; [| tauto].
  unfold u, v. rewrite !nth_near by lia. now rewrite E.
Qed.

Lemma alike_next d x : d < n -> 1 <= x < k -> ~ crossing j d x ->
  alike d (n * j + x) (S (n * j + x)).
Proof.
  intros D X C. repeat split; try lia.
  - unfold u, v. now rewrite !nth_far by lia.
  - right. right. split; [easy |]. exists x. repeat split; lia || easy.
Qed.

Lemma sees_forth d p q : alike (S d) p q ->
  forall m, m < p <= m + j -> exists i, i < q <= i + j /\ alike d m i.
Proof.
  intros (D & P & Q & _ & [<- | [[SP SQ] | (-> & x & -> & X & C)]]) m M.
  - exists m. split; [exact M | apply alike_itself; lia].
  - unfold stable in *. destruct (residue (q - j) m) as (i & I & E). exists i.
    split; [lia |]. apply alike_stable; unfold stable; lia || easy.
  - destruct (Nat.lt_ge_cases (n * j + x) (m + j)) as [L | L].
    + exists m. split; [lia | apply alike_itself; lia].
    + destruct (Nat.lt_trichotomy x j) as [B | [-> | B]].
      * exists (n * j + x). split; [lia |].
        apply alike_stable; unfold stable; try nia. unfold letter.
        replace (n * j + x) with (m + 1 * j) by lia. now rewrite Nat.mod_add by lia.
      * destruct C. exists 0, 1. lia.
      * exists (S m). split; [lia |]. replace m with (n * j + (x - j)) by lia.
        apply alike_next; try lia. intros (i & y & Y & I & E). apply C.
        exists i, (S y). lia.
Qed.

Lemma sees_back d p q : alike (S d) p q ->
  forall i, i < q <= i + j -> exists m, m < p <= m + j /\ alike d m i.
Proof.
  intros (D & P & Q & _ & [<- | [[SP SQ] | (-> & x & -> & X & C)]]) i I.
  - exists i. split; [exact I | apply alike_itself; lia].
  - unfold stable in *. destruct (residue (p - j) i) as (m & M & E). exists m.
    split; [lia |]. apply alike_stable; unfold stable; lia || easy.
  - destruct (Nat.lt_ge_cases i (n * j + x)) as [L | L].
    + exists i. split; [lia | apply alike_itself; lia].
    + destruct (Nat.lt_trichotomy x j) as [B | [-> | B]].
      * exists (n * j + x - j). split; [nia |].
        apply alike_stable; unfold stable; try nia. unfold letter.
        replace i with ((n * j + x - j) + 1 * j) by nia. now rewrite Nat.mod_add by lia.
      * destruct C. exists 0, 1. lia.
      * exists (n * j + (x - 1)). split; [lia |].
        replace i with (S (n * j + (x - 1))) by lia.
        apply alike_next; try lia. intros (l & y & Y & H & E). apply C.
        exists (S l), y. lia.
Qed.

Lemma past_forth d p q : alike (S d) p q -> forall m, m < p -> exists i, i < q /\ alike d m i.
Proof.
  intros A m M. destruct (Nat.lt_ge_cases m q) as [L | L].
  - exists m. split; [exact L |]. destruct A as (D & P & _). apply alike_itself; lia.
  - destruct A as (D & P & Q & _ & [<- | [[SP SQ] | (-> & x & -> & X & C)]]); try lia.
    unfold stable in *. destruct (residue (q - j) m) as (i & I & E). exists i.
    split; [lia |]. apply alike_stable; unfold stable; lia || easy.
Qed.

Lemma past_back d p q : alike (S d) p q -> forall i, i < q -> exists m, m < p /\ alike d m i.
Proof.
  intros A i I. destruct (Nat.lt_ge_cases i p) as [L | L].
  - exists i. split; [exact L |]. destruct A as (D & P & _). apply alike_itself; lia.
  - destruct (Nat.lt_ge_cases (i + j) q) as [F | F].
    + destruct A as (D & P & Q & _ & [<- | [[SP SQ] | (-> & x & -> & X & C)]]); try lia.
      unfold stable in *. destruct (residue (p - j) i) as (m & M & E). exists m.
      split; [lia |]. apply alike_stable; unfold stable; lia || easy.
    + destruct (sees_back d p q A i) as (m & M & E); [lia |]. exists m. split; [lia | exact E].
Qed.

Lemma indistinct d f : ltl_past_window j f -> depth f <= d -> d < n -> ~ crossing j d k ->
  accepted f u = accepted f v.
Proof.
  intros W F D C. unfold accepted.
  apply (simulation True (eq j) u v alike) with (d := d); auto.
  - now intros e p q (_ & _ & _ & E & _).
  - intros _ e p q A. split; intros m M.
    + now apply (past_forth e p q).
    + now apply (past_back e p q).
  - intros _ <- e p q A. split; intros m M.
    + now apply (sees_forth e p q).
    + now apply (sees_back e p q).
  - unfold u, v. rewrite !blocks_length. replace (n * j + S (k - 1)) with (n * j + k) by lia.
    replace (n * j + S k) with (S (n * j + k)) by lia. repeat split; try lia.
    + unfold u, v. rewrite !nth_blocks.
      destruct (Nat.leb_spec (n * j + k) (n * j)), (Nat.leb_spec (S (n * j + k)) (n * j)); try lia.
      destruct (Nat.leb_spec (n * j + k) (n * j + (k - 1))); try lia.
      destruct (Nat.leb_spec (S (n * j + k)) (n * j + k)); easy || lia.
    + right. right. split; [easy |]. exists k. repeat split; lia || easy.
Qed.

Lemma not_recent_in_v : accepted (Within k (Letter a)) v <> true.
Proof.
  unfold accepted, v. rewrite truth_within, blocks_length. intros (m & M & T).
  rewrite truth_letter, nth_far in T by lia. congruence.
Qed.

Lemma blocks_incl l sigma : In a sigma -> In b sigma -> incl (blocks l) sigma.
Proof.
  intros A B. assert (R : forall m, incl (a :: repeat b m) sigma).
  { intros m c [-> | C]; [exact A | apply repeat_spec in C; now subst]. }
  apply incl_app; [apply power_incl |]; apply R.
Qed.

End Words.

Theorem blocks_agree a b j k n f :
  ltl_past_window j f -> a <> b -> 1 <= j -> 1 <= k ->
  depth f < n /\ (j <= k -> depth f < k / j + k mod j) ->
  accepted f (blocks a b j n (k - 1)) = accepted f (blocks a b j n k) /\
  within_last k a (blocks a b j n (k - 1)) /\ ~ within_last k a (blocks a b j n k).
Proof.
  intros W N J K [D S]. split; [| split].
  - apply (indistinct a b j n k J N K (depth f)); auto. intros C.
    pose proof (crossing_long j _ k C) as L. apply crossing_cost in C; [| exact J].
    specialize (S L). lia.
  - exists (power (a :: repeat b (j - 1)) n), (repeat b (k - 1)). split; [easy |].
    rewrite repeat_length. lia.
  - intros T. apply (not_recent_in_v a b j n k J N K).
    now apply (within_defines (b :: a :: nil) k a); [apply blocks_incl; simpl; auto |].
Qed.

Theorem enough j k g : 1 <= j <= k ->
  exists f, (ltl_window j g -> ltl_window j f) /\ depth f = k / j + k mod j + depth g /\
    equivalent f (Within k g).
Proof.
  intros J. assert (k = j * (k / j) + k mod j) by (apply Nat.div_mod; lia).
  assert (1 <= k / j) by (apply Nat.div_le_lower_bound; lia).
  exists (reach j (k mod j) (k / j - 1) g). split; [apply reach_written |].
  rewrite reach_depth. split; [lia |].
  replace k with (j + k mod j + j * (k / j - 1)) at 3 by nia. apply reach_correct. lia.
Qed.

Theorem least_depth sigma j k a b :
  In a sigma /\ In b sigma /\ a <> b -> 1 <= j <= k ->
  (exists f, ltl_window j f /\ depth f = k / j + k mod j /\ defines sigma f (within_last k a)) /\
  (forall f, ltl_past_window j f -> defines sigma f (within_last k a) ->
     k / j + k mod j <= depth f).
Proof.
  intros (A & B & N) J. split.
  - destruct (enough j k (Letter a) J) as (f & W & D & E). exists f. split; [now apply W |].
    split; [simpl in D; lia |]. intros w I. unfold accepted. rewrite E.
    now apply (within_defines sigma k a).
  - intros f W D. apply Nat.nlt_ge. intros L.
    destruct (blocks_agree a b j k (S (depth f)) f W N) as (E & yes & no); try lia.
    apply no, D; [now apply blocks_incl |]. rewrite <- E. apply D; [now apply blocks_incl | easy].
Qed.
