(* global-tokens, continued -- periodic global tokens, and what a common pattern loses.

   Proved: where every head sees the position before it, the place in the word is definable
   (below_true), so first letters in the same pattern as the window are as good as in heads of their
   own (streaming_iff); periodic global tokens beside a local head are P and the position modulo B
   (global_iff); local heads, and global ones beside them, are the operators of Temporal.v
   (local_temporal_iff, hybrid_temporal_iff). *)
Require Import List Bool Arith Lia.
From Locality Require Import TemporalFacts Visibility SinkTokens.
From Locality Require Temporal.
Import ListNotations.

(* ---- places ---- *)

(* whatever is visible lies below t: so it does for the first t + 1 positions and no other *)
Fixpoint below (p : pattern) (t : nat) : formula :=
  match t with O => Neg Truth | S t => Neg (See p (Neg (below p t))) end.

Definition sees_yesterday (p : pattern) : Prop := forall i, p (S i) i = true.

Lemma below_true p : sees_yesterday p -> forall t x i, holds x (below p t) i = (i <? t).
Proof.
  intros Y. induction t as [|t IH]; intros x i; [reflexivity|].
  cbn [below]. change (holds x (Neg ?f) i) with (negb (holds x f i)).
  rewrite holds_see. apply same_truth. rewrite negb_true_iff, Nat.ltb_lt. split.
  - intros N. destruct (le_lt_dec i t) as [|G]; [lia|].
    assert (see p (holds x (Neg (below p t))) i = true); [|congruence].
    apply see_true. destruct i as [|i]; [lia|]. exists i. split; [lia|]. split; [apply Y|].
    cbn. rewrite IH. apply negb_true_iff, Nat.ltb_ge. lia.
  - intros L. destruct (see p _ i) eqn:H; auto. apply see_true in H as (j & J & _ & H).
    cbn in H. rewrite IH in H. apply negb_true_iff, Nat.ltb_ge in H. lia.
Qed.

Lemma made_below (heads : pattern -> Prop) marks p t : heads p -> made_of heads marks (below p t).
Proof. intros P. induction t; cbn; auto. Qed.

Definition at_place (p : pattern) (t : nat) : formula := Both (below p (S t)) (Neg (below p t)).

Lemma at_place_true p t x i : sees_yesterday p -> holds x (at_place p t) i = (i =? t).
Proof.
  intros Y. unfold at_place. cbn [holds]. rewrite !below_true by auto.
  apply same_truth. rewrite andb_true_iff, negb_true_iff, Nat.ltb_lt, Nat.ltb_ge, Nat.eqb_eq. lia.
Qed.

Lemma made_at (heads : pattern -> Prop) marks p t : heads p -> made_of heads marks (at_place p t).
Proof. intros P. split; now apply made_below. Qed.

(* ---- first letters in the same pattern as the window ---- *)

Lemma streaming_yesterday s k : 1 <= k -> sees_yesterday (streaming s k).
Proof.
  intros K i. unfold streaming. apply orb_true_iff. right. apply Nat.leb_le. lia.
Qed.

Definition any_below (s : nat) (f : nat -> formula) : formula := any (map f (seq 0 s)).

Lemma any_below_true s f x i :
  holds x (any_below s f) i = true <-> exists t, t < s /\ holds x (f t) i = true.
Proof.
  unfold any_below. rewrite holds_any. split.
  - intros (g & G & H). apply in_map_iff in G as (t & <- & T). apply in_seq in T. exists t.
    split; [lia|auto].
  - intros (t & T & H). exists (f t). split; auto. apply in_map. apply in_seq. lia.
Qed.

Lemma made_any_below heads marks s f :
  (forall t, t < s -> made_of heads marks (f t)) -> made_of heads marks (any_below s f).
Proof.
  intros M. apply made_any. intros g G. apply in_map_iff in G as (t & <- & T).
  apply in_seq in T. apply M. lia.
Qed.

Lemma streaming_apart s k g : made_of (sink_heads s k) no_mark g ->
  exists h, made_of (sink_heads s k) no_mark h /\
  forall x i, holds x h i = holds x (See (streaming s k) g) i.
Proof.
  intros G. exists (Or (See (window k) g) (any_below s (fun t => See (position t) g))). split.
  - repeat split; auto; [now left|]. apply made_any_below. intros t T. split; auto. right. eauto.
  - intros x i. rewrite holds_or. apply same_truth. rewrite orb_true_iff, any_below_true.
    rewrite !holds_see, !see_true. unfold streaming. split.
    + intros [(j & J & V & H)|(t & T & H)].
      * exists j. split; auto. split; auto. apply orb_true_iff. now right.
      * rewrite holds_see, see_true in H. destruct H as (j & J & V & H).
        apply Nat.eqb_eq in V as ->. exists t. split; auto. split; auto. apply orb_true_iff. left. now apply Nat.ltb_lt.
    + intros (j & J & V & H). apply orb_true_iff in V as [V|V].
      * right. apply Nat.ltb_lt in V. exists j. split; auto. rewrite holds_see, see_true.
        exists j. split; auto. split; auto. apply Nat.eqb_refl.
      * left. exists j. auto.
Qed.

Lemma streaming_joint s k p g : 1 <= k -> sink_heads s k p ->
  made_of (streaming_head s k) no_mark g ->
  exists h, made_of (streaming_head s k) no_mark h /\ forall x i, holds x h i = holds x (See p g) i.
Proof.
  intros K P G. pose proof (streaming_yesterday s k K) as Y. set (z := streaming s k) in *.
  assert (Z : streaming_head s k z) by easy.
  assert (one : forall t, t < s -> forall x i,
    holds x (See z (Both (at_place z t) g)) i = true <-> t < i /\ holds x g t = true).
  { intros t T x i. rewrite holds_see, see_true. split.
    - intros (j & J & _ & H). cbn [holds] in H. rewrite at_place_true in H by auto.
      apply andb_true_iff in H as [E H]. apply Nat.eqb_eq in E as ->. easy.
    - intros [I H]. exists t. split; auto. split.
      + unfold z, streaming. apply orb_true_iff. left. now apply Nat.ltb_lt.
      + cbn [holds]. now rewrite at_place_true, Nat.eqb_refl. }
  destruct P as [->|(t & T & ->)].
  - exists (Or (See z (Both (Neg (below z s)) g))
      (any_below s (fun t => Both (below z (S (t + k))) (See z (Both (at_place z t) g))))).
    split.
    { split; [repeat split; auto; now apply made_below|]. apply made_any_below.
      intros t T. repeat split; auto; now apply made_below. }
    intros x i. rewrite holds_or. apply same_truth. rewrite orb_true_iff, any_below_true.
    rewrite !holds_see, !see_true. split.
    + intros [(j & J & V & H)|(t & T & H)].
      * cbn [holds] in H. rewrite below_true in H by auto. apply andb_true_iff in H as [E H].
        apply negb_true_iff, Nat.ltb_ge in E. exists j. split; auto. split; auto.
        unfold z, streaming in V. apply orb_true_iff in V as [V|V]; auto.
        apply Nat.ltb_lt in V. lia.
      * cbn [holds] in H. apply andb_true_iff in H as [E H]. rewrite below_true in E by auto.
        apply Nat.ltb_lt in E. apply (one t T x i) in H as [I H].
        exists t. split; auto. split; auto. apply Nat.leb_le. lia.
    + intros (j & J & V & H). unfold window in V. apply Nat.leb_le in V.
      destruct (le_lt_dec s j) as [S'|S'].
      * left. exists j. split; auto. split.
        { unfold z, streaming. apply orb_true_iff. right. now apply Nat.leb_le. }
        cbn [holds]. rewrite below_true, H by auto. apply andb_true_iff. split; auto.
        apply negb_true_iff. now apply Nat.ltb_ge.
      * right. exists j. split; auto. cbn [holds]. apply andb_true_iff. split.
        { rewrite below_true by auto. apply Nat.ltb_lt. lia. }
        now apply (one j S' x i).
  - exists (See z (Both (at_place z t) g)). split; [repeat split; auto; now apply made_at|].
    intros x i. apply same_truth. rewrite (one t T x i), holds_see, see_true. split.
    + intros [I H]. exists t. split; auto. split; auto. apply Nat.eqb_refl.
    + intros (j & J & V & H). apply Nat.eqb_eq in V as ->. easy.
Qed.

Lemma streaming_iff q s k L : 1 <= k ->
  recognised q (streaming_head s k) no_mark L <-> recognised q (sink_heads s k) no_mark L.
Proof.
  intros K. split; apply recognised_simulate; try now intros m [].
  - intros p g ->. apply streaming_apart.
  - intros p g P. now apply streaming_joint.
Qed.

(* ---- periodic global tokens beside a local head ---- *)

Lemma global_spelled B k x f i : holds x (See (global B k) f) i =
  holds x (See (window k) f) i || holds x (See past (Both (Place (global_place B)) f)) i ||
  (global_place B i && holds x (See past f) i).
Proof.
  apply same_truth. rewrite !orb_true_iff, andb_true_iff, !holds_see, !see_true.
  unfold global. split.
  - intros (j & J & V & H). rewrite !orb_true_iff in V. destruct V as [[V|V]|V].
    + left. left. now exists j.
    + left. right. exists j. cbn. now rewrite V.
    + right. split; auto. now exists j.
  - intros [[(j & J & V & H)|(j & J & _ & H)]|(V & j & J & _ & H)]; exists j; split; auto.
    + rewrite !orb_true_iff. auto.
    + cbn in H. apply andb_true_iff in H as [V H]. rewrite !orb_true_iff. auto.
    + rewrite !orb_true_iff. auto.
Qed.

Lemma global_apart B k p g : global_heads B k p -> made_of (hybrid_heads k) (modulo B) g ->
  exists h, made_of (hybrid_heads k) (modulo B) h /\ forall x i, holds x h i = holds x (See p g) i.
Proof.
  intros [->| ->] G; [exists (See (window k) g); split; [split; [now left|auto]|auto]|].
  exists (Or (Or (See (window k) g) (See past (Both (Place (global_place B)) g)))
    (Both (Place (global_place B)) (See past g))). split.
  - assert (W : hybrid_heads k (window k)) by now left.
    assert (P : hybrid_heads k past) by now right. repeat split; auto.
  - intros x i. rewrite !holds_or, global_spelled. reflexivity.
Qed.

Lemma window_yesterday k : 1 <= k -> sees_yesterday (window k).
Proof. intros K i. apply Nat.leb_le. lia. Qed.

Lemma mod_small_place B i : 2 <= B -> i = 0 -> global_place B i = false.
Proof. intros H ->. unfold global_place. rewrite Nat.mod_small by lia. reflexivity. Qed.

(* which places are global: where the first letter is visible, apart from the first k + 1 *)
Definition global_here (B k : nat) : formula :=
  Both (See (global B k) (Neg (See (window k) Truth)))
    (Or (Neg (below (window k) (S k)))
       (any (map (at_place (window k)) (filter (global_place B) (seq 0 (S k)))))).

Lemma first_true k x j : 1 <= k -> holds x (Neg (See (window k) Truth)) j = (j =? 0).
Proof.
  intros K. cbn [holds]. apply same_truth. rewrite negb_true_iff, Nat.eqb_eq. split.
  - intros N. destruct j as [|j]; auto.
    assert (holds x (See (window k) Truth) (S j) = true); [|cbn [holds] in *; congruence].
    rewrite holds_see, see_true. exists j. split; [lia|]. split; [|easy].
    apply Nat.leb_le. lia.
  - now intros ->.
Qed.

Lemma global_here_true B k x i : 2 <= B -> 1 <= k ->
  holds x (global_here B k) i = global_place B i.
Proof.
  intros HB K. pose proof (window_yesterday k K) as Y. unfold global_here.
  change (holds x (Both ?f ?g) i) with (holds x f i && holds x g i).
  apply same_truth. rewrite andb_true_iff, holds_or, orb_true_iff, holds_any.
  rewrite holds_see, see_true.
  change (holds x (Neg ?f) i) with (negb (holds x f i)). rewrite below_true by auto.
  rewrite negb_true_iff, Nat.ltb_ge. split.
  - intros [(j & J & V & H) C]. rewrite first_true in H by auto. apply Nat.eqb_eq in H as ->.
    destruct C as [C|(f & F & H)].
    + unfold global in V. rewrite !orb_true_iff in V. destruct V as [[V|V]|V]; auto.
      * apply Nat.leb_le in V. lia.
      * now rewrite mod_small_place in V.
    + apply in_map_iff in F as (t & <- & T). rewrite at_place_true in H by auto.
      apply Nat.eqb_eq in H as ->. now apply filter_In in T.
  - intros G. split.
    + exists 0. split; [|split].
      * destruct i; [now rewrite mod_small_place in G|lia].
      * unfold global. rewrite G. now rewrite orb_true_r.
      * now rewrite first_true.
    + destruct (le_lt_dec (S k) i); [now left|right].
      exists (at_place (window k) i). split; [|now rewrite at_place_true, Nat.eqb_refl].
      apply in_map. apply filter_In. split; auto. apply in_seq. lia.
Qed.

Lemma made_global_here B k : made_of (global_heads B k) no_mark (global_here B k).
Proof.
  assert (W : global_heads B k (window k)) by now left.
  assert (Z : global_heads B k (global B k)) by now right.
  split; [now repeat split|]. split; [now apply made_below|].
  apply made_any. intros f F. apply in_map_iff in F as (t & <- & _). now apply made_at.
Qed.

(* what is reached in at most n hops *)
Fixpoint hops (p : pattern) (f : formula) (n : nat) : formula :=
  match n with O => Neg Truth | S n => See p (Or f (hops p f n)) end.

Lemma hops_past p f x : forall n i, holds x (hops p f n) i = true ->
  exists j, j < i /\ holds x f j = true.
Proof.
  induction n as [|n IH]; intros i H; [discriminate|]. cbn [hops] in H.
  rewrite holds_see, see_true in H. destruct H as (j & J & _ & H).
  rewrite holds_or in H. apply orb_true_iff in H as [H|H]; [eauto|].
  apply IH in H as (j' & J' & H). exists j'. split; [lia|auto].
Qed.

Lemma hops_near p f x : sees_yesterday p -> forall n i j, j < i -> i <= j + n ->
  holds x f j = true -> holds x (hops p f n) i = true.
Proof.
  intros Y. induction n as [|n IH]; intros i j J N H; [lia|].
  cbn [hops]. rewrite holds_see, see_true. destruct i as [|i]; [lia|]. exists i.
  split; [lia|]. split; [apply Y|]. rewrite holds_or. apply orb_true_iff.
  destruct (Nat.eq_dec i j) as [->|]; [now left|right]. apply (IH i j); auto; lia.
Qed.

Lemma global_between B j i : 1 <= B -> j + B <= i ->
  exists m, j <= m /\ m < i /\ global_place B m = true.
Proof.
  intros HB L. exists (j + (B - 1 - j mod B)).
  pose proof (Nat.mod_upper_bound j B ltac:(lia)). split; [lia|]. split; [lia|].
  unfold global_place. apply Nat.eqb_eq.
  replace (S (j + (B - 1 - j mod B))) with ((S (j / B)) * B).
  - apply Nat.mod_mul. lia.
  - pose proof (Nat.div_mod j B ltac:(lia)). cbn. lia.
Qed.

Lemma hops_all B k f x i : 2 <= B -> 1 <= k ->
  holds x (hops (global B k) f B) i = holds x (See past f) i.
Proof.
  intros HB K. apply same_truth. rewrite holds_see, see_true. split.
  - intros H. apply hops_past in H as (j & J & H). now exists j.
  - intros (j & J & _ & H). destruct (le_lt_dec (j + B) i) as [L|L].
    + destruct (global_between B j i ltac:(lia) L) as (m & M & I & G).
      destruct B as [|[|B]]; try lia. set (z := global _ k) in *. cbn [hops].
      rewrite holds_see, see_true. exists m. split; auto. split.
      { unfold z, global. rewrite G. now rewrite orb_true_r. }
      rewrite holds_or. apply orb_true_iff.
      destruct (Nat.eq_dec j m) as [->|]; [now left|right].
      rewrite holds_see, see_true. exists j. split; [lia|]. split.
      { unfold z, global. rewrite G. now rewrite !orb_true_r. }
      rewrite holds_or. apply orb_true_iff. now left.
    + apply hops_near with (j := j); auto; try lia.
      intros t. pose proof (window_yesterday k K t) as W. unfold global, window in *. now rewrite W.
Qed.

Lemma made_hops (heads : pattern -> Prop) marks p f n : heads p -> made_of heads marks f ->
  made_of heads marks (hops p f n).
Proof. intros P F. induction n; cbn; auto. Qed.

Lemma global_iff q B k L : 2 <= B -> 1 <= k ->
  recognised q (global_heads B k) no_mark L <-> recognised q (hybrid_heads k) (modulo B) L.
Proof.
  intros HB K. split; apply recognised_simulate.
  - apply global_apart.
  - intros m [].
  - intros p g [->| ->] G.
    + exists (See (window k) g). split; auto. split; [now left|auto].
    + exists (hops (global B k) g B). split; [apply made_hops; auto; now right|].
      intros x i. now apply hops_all.
  - intros m ->. exists (global_here B k). split; [apply made_global_here|].
    intros x i. now apply global_here_true.
Qed.

(* ---- the logic of Temporal.v ---- *)

Lemma see_past h i : see past h i = existsb h (seq 0 i).
Proof. reflexivity. Qed.

Lemma see_window k h i : see (window k) h i = existsb h (seq (i - k) (i - (i - k))).
Proof.
  apply same_truth. rewrite see_true, existsb_exists. unfold window. split.
  - intros (j & J & V & H). apply Nat.leb_le in V. exists j. split; auto. apply in_seq. lia.
  - intros (j & J & H). apply in_seq in J. exists j. split; [lia|]. split; auto. apply Nat.leb_le. lia.
Qed.

(* heads with the window k, and with the whole past if `all` *)
Section Temporal.
Context (all : Prop) (k : nat) (heads : pattern -> Prop).
Context (which : forall p, heads p <-> p = window k \/ all /\ p = past).

Lemma temporal_seen f : Temporal.written_with all (eq k) f ->
  exists g, made_of heads no_mark g /\
  forall w i, holds (nth_error w) g i = Temporal.truth f w i.
Proof using which.
  induction f as [|a|f IH|f IHf g IHg|f IHf g IHg|f IH|n f IH]; intros F; cbn in F.
  - now exists Truth.
  - exists (Letter a). split; [easy|]. intros. cbn. destruct (nth_error w i); auto.
    apply Nat.eqb_sym.
  - destruct (IH F) as (h & H & E). exists (Neg h). split; auto. intros. cbn. now rewrite E.
  - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
    exists (Both f' g'). split; [easy|]. intros. cbn. now rewrite E, E'.
  - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
    exists (Or f' g'). split; [easy|]. intros. rewrite holds_or. cbn. now rewrite E, E'.
  - destruct F as [P F], (IH F) as (g & G & E). exists (See past g).
    split; [split; [apply which; now right|auto]|]. intros. rewrite holds_see.
    rewrite (see_ext past _ (Temporal.truth f w)) by auto. apply see_past.
  - destruct F as [<- F], (IH F) as (g & G & E). exists (See (window k) g).
    split; [split; [apply which; now left|auto]|]. intros. rewrite holds_see.
    rewrite (see_ext (window k) _ (Temporal.truth f w)) by auto. apply see_window.
Qed.

Lemma seen_temporal g : made_of heads no_mark g ->
  exists f, Temporal.written_with all (eq k) f /\
  forall w i, holds (nth_error w) g i = Temporal.truth f w i.
Proof using which.
  induction g as [|a|m|f IH|f IHf g IHg|p f IH]; intros F; cbn in F.
  - now exists Temporal.Top.
  - exists (Temporal.Letter a). split; [easy|]. intros. cbn. destruct (nth_error w i); auto.
    apply Nat.eqb_sym.
  - destruct F.
  - destruct (IH F) as (h & H & E). exists (Temporal.Not h). split; auto. intros. cbn. now rewrite E.
  - destruct F as [F G], (IHf F) as (f' & F' & E), (IHg G) as (g' & G' & E').
    exists (Temporal.And f' g'). split; [easy|]. intros. cbn. now rewrite E, E'.
  - destruct F as [P F], (IH F) as (g & G & E). apply which in P as [->|[A ->]].
    + exists (Temporal.Within k g). split; [now split|]. intros. rewrite holds_see.
      rewrite (see_ext (window k) _ (Temporal.truth g w)) by auto. apply see_window.
    + exists (Temporal.Past g). split; [now split|]. intros. rewrite holds_see.
      rewrite (see_ext past _ (Temporal.truth g w)) by auto. apply see_past.
Qed.

Lemma temporal_iff q L : recognised q heads no_mark L <->
  exists f, Temporal.written_with all (eq k) f /\
  forall w, over q w -> Temporal.accepted f w = L w.
Proof using which.
  split; intros (f & F & A).
  - destruct (seen_temporal f F) as (g & G & E). exists g. split; auto. intros w W.
    rewrite <- (A w W). symmetry. apply E.
  - destruct (temporal_seen f F) as (g & G & E). exists g. split; auto. intros w W.
    rewrite <- (A w W). apply E.
Qed.
End Temporal.

Lemma local_temporal_iff q k L : recognised q (local_head k) no_mark L <->
  exists f, Temporal.ltl_window k f /\ forall w, over q w -> Temporal.accepted f w = L w.
Proof. apply temporal_iff. unfold local_head. tauto. Qed.

Lemma hybrid_temporal_iff q k L : recognised q (hybrid_heads k) no_mark L <->
  exists f, Temporal.ltl_past_window k f /\ forall w, over q w -> Temporal.accepted f w = L w.
Proof. apply temporal_iff. unfold hybrid_heads. tauto. Qed.
