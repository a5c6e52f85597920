(* What P, with narrow windows or without, cannot count: how often a word goes round, and where in
   the round it stops, if the places where it may stop look alike.

   Source: the identities of R-trivial and locally R-trivial semigroups that `expressivity` cites;
   the argument on positions, and the depths it holds to, are ours.
   Assumes: windows up to h, depth at most d < n, and a block e of h d letters or more.

   Proved: x e (u e v e)^n z and x e (u e v e)^n u e z agree (blocks_agree); with h = 0 and e empty
   that is x (u v)^n z and x (u v)^n u z, for P alone (rounds_agree). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal TemporalFacts WindowHierarchy.
Import ListNotations.

Section Blocks.
  Context (x e u v z : word) (n h : nat).
  Let block := u ++ e ++ v ++ e.
  Let l := length block.
  Let start := length (x ++ e).
  Let stop := start + n * l.
  Let shift := length (u ++ e).
  Let prefix := x ++ e ++ power block n.
  Let round := prefix ++ z.
  Let half := prefix ++ u ++ e ++ z.

  (* the same place; or the same place before or after z, where what can be seen of the last e is
     the same; or places as far into a block, with d blocks and more behind them *)
  Definition placed (d p q : nat) : Prop :=
    (p = q /\ p < stop) \/
    (q = p + shift /\ d < n /\ h * d <= length e /\ stop + h * d <= p + length e) \/
    (in_step l p q /\ in_step l q p /\ h * d <= length e /\
     start + d * l <= p < stop /\ start + d * l <= q < stop + shift).

  Lemma lengths : l = shift + length v + length e /\ shift = length u + length e /\
    length e <= start /\ length prefix = stop.
  Proof.
    assert (L : l = shift + length v + length e).
    { unfold l, block, shift. rewrite !app_length. lia. }
    assert (C : length prefix = stop).
    { unfold prefix, stop, start, l. rewrite !app_length, power_length. lia. }
    repeat split; [exact L | apply app_length | | exact C].
    unfold start. rewrite app_length. lia.
  Qed.

  (* whatever the number of blocks, the last letters before z are those of e *)
  Lemma ends_in_e : exists before, prefix = before ++ e.
  Proof.
    unfold prefix. destruct n as [| m].
    - exists x. unfold power. simpl. now rewrite app_nil_r.
    - exists (x ++ e ++ power block m ++ u ++ e ++ v). rewrite power_S, power_comm.
      unfold block. now rewrite <- !app_assoc.
  Qed.

  Lemma placed_letters d p q : 1 <= l -> placed d p q -> nth_error round p = nth_error half q.
  Proof.
    intros some. destruct lengths as (L & H0 & A & C).
    intros [(<- & P) | [(-> & _ & H & P) | (E & _ & _ & P & Q)]]; unfold round, half.
    - rewrite !nth_error_app1 by lia. easy.
    - destruct ends_in_e as (before & E). rewrite E in *.
      assert (B : length before + length e = stop) by (rewrite <- C, app_length; lia).
      replace ((before ++ e) ++ u ++ e ++ z) with ((before ++ e ++ u) ++ e ++ z) by
        now rewrite <- !app_assoc.
      rewrite <- (app_assoc before e z).
      assert (B' : length (before ++ e ++ u) = length before + shift).
      { unfold shift. rewrite !app_length. lia. }
      rewrite (nth_error_app2 before), (nth_error_app2 (before ++ e ++ u)) by lia.
      f_equal. lia.
    - assert (inner : forall m i, start <= i < start + m * l ->
        nth_error (x ++ e ++ power block m) i = nth_error block ((i - start) mod l)).
      { intros m i I. rewrite app_assoc, nth_error_app2 by (fold start; lia). fold start.
        apply nth_power. fold l. lia. }
      rewrite nth_error_app1 by lia. unfold prefix at 1. rewrite inner by (fold stop; lia).
      assert (longer : nth_error (prefix ++ u ++ e ++ z) q =
                       nth_error (x ++ e ++ power block (S n)) q).
      { rewrite power_S, power_comm.
        replace (prefix ++ u ++ e ++ z) with ((prefix ++ u ++ e) ++ z) by
          now rewrite <- !app_assoc.
        replace (x ++ e ++ power block n ++ block) with ((prefix ++ u ++ e) ++ v ++ e) by
          (unfold prefix, block; rewrite <- !app_assoc; reflexivity).
        rewrite (nth_error_app1 (prefix ++ u ++ e) z), (nth_error_app1 (prefix ++ u ++ e) (v ++ e));
          [easy | |]; rewrite app_length; fold shift; lia. }
      rewrite longer, inner by (simpl; unfold stop in Q; lia).
      f_equal. apply in_step_mod; [lia |]. destruct E as (i & j & E).
      exists i, j. lia.
  Qed.

  Lemma placed_past d p q : 1 <= l -> placed (S d) p q ->
    matched (placed d) (fun m => m < p) (fun k => k < q) /\
    matched (fun k m => placed d m k) (fun k => k < q) (fun m => m < p).
  Proof.
    intros some. destruct lengths as (L & H0 & A & C).
    intros [(<- & P) | [(-> & D & H & P) | (E & F & H & P & Q)]]; split; intros m M.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - destruct (Nat.lt_ge_cases m stop).
      + exists m. split; [lia |]. left. lia.
      + exists (m + shift). split; [lia |]. right; left. lia.
    - destruct (Nat.lt_ge_cases m (stop + h * d + shift - length e)).
      + destruct (Nat.lt_ge_cases m (Nat.min stop p)).
        * exists m. split; [lia |]. left. lia.
        * assert (l * (d + 2) <= l * n) by (apply Nat.mul_le_mono_l; lia).
          exists (m - l). split; [lia |]. right; right. unfold stop in *.
          repeat split; try lia; [exists 1, 0 | exists 0, 1]; lia.
      + exists (m - shift). split; [lia |]. right; left. lia.
    - destruct (Nat.lt_ge_cases m (start + d * l)); [exists m; split; [lia |]; left; lia |].
      destruct (in_step_after l (start + d * l) m ltac:(lia)) as (k & B & ? & ?).
      exists k. split; [lia |]. right; right. repeat split; try assumption; lia.
    - destruct (Nat.lt_ge_cases m (start + d * l)); [exists m; split; [lia |]; left; lia |].
      destruct (in_step_after l (start + d * l) m ltac:(lia)) as (k & B & ? & ?).
      exists k. split; [lia |]. right; right. repeat split; try assumption; lia.
  Qed.

  Lemma placed_window w d p q : w <= h -> placed (S d) p q ->
    matched (placed d) (fun m => m < p <= m + w) (fun k => k < q <= k + w) /\
    matched (fun k m => placed d m k) (fun k => k < q <= k + w) (fun m => m < p <= m + w).
  Proof.
    intros W. destruct lengths as (L & H0 & A & C).
    intros [(<- & P) | [(-> & D & H & P) | ((i & j & E) & (i' & j' & F) & H & P & Q)]];
      split; intros m M.
    - exists m. split; [exact M |]. left. lia.
    - exists m. split; [exact M |]. left. lia.
    - exists (m + shift). split; [lia |]. right; left. lia.
    - exists (m - shift). split; [lia |]. right; left. lia.
    - exists (m + q - p). split; [lia |]. right; right.
      repeat split; try lia; [exists i, j | exists i', j']; lia.
    - exists (m + p - q). split; [lia |]. right; right.
      repeat split; try lia; [exists i, j | exists i', j']; lia.
  Qed.

  Theorem some_blocks_agree d f : 1 <= l -> d < n -> h * d <= length e ->
    written_with True (fun w => w <= h) f -> depth f <= d -> accepted f round = accepted f half.
  Proof.
    intros some D H W F. destruct lengths as (L & H0 & A & C).
    apply (simulation True (fun w => w <= h) round half placed) with (d := d); try assumption.
    - intros c p q. now apply placed_letters.
    - intros _ c p q. now apply placed_past.
    - intros w Hw c p q. now apply placed_window.
    - right; left. unfold round, half. rewrite !app_length. unfold shift in *.
      rewrite app_length in *. lia.
  Qed.
End Blocks.

Theorem blocks_agree x e u v z n h f :
  written_with True (fun w => w <= h) f -> depth f < n -> h * depth f <= length e ->
  accepted f (x ++ e ++ power (u ++ e ++ v ++ e) n ++ z) =
  accepted f (x ++ e ++ power (u ++ e ++ v ++ e) n ++ u ++ e ++ z).
Proof.
  intros W D E. destruct (Nat.eq_dec (length (u ++ e)) 0) as [Z | Z].
  - rewrite app_length in Z. destruct u; [| easy]. destruct e; easy.
  - pose proof (some_blocks_agree x e u v z n h (depth f) f) as B.
    rewrite !app_assoc in *. apply B; auto. rewrite !app_length in *. lia.
Qed.

Theorem rounds_agree x u v z n f : ltl_past f -> depth f < n ->
  accepted f (x ++ power (u ++ v) n ++ z) = accepted f (x ++ power (u ++ v) n ++ u ++ z).
Proof.
  intros W D. pose proof (blocks_agree x [] u v z n 0 f) as B. simpl in B.
  rewrite app_nil_r in B. apply B; [| exact D | lia].
  eapply written_monotone; try exact W; easy.
Qed.
