(* global-tokens, continued -- a read-out at the end sees prefix, suffix and the set of factors.

   Proved: words with the same ends and factors are read alike (read_out_suffices); what ends and
   factors decide is read (read_out_definable). *)
Require Import List Bool Arith Lia.
From Locality Require Import TemporalFacts Visibility SinkTokens.
Import ListNotations.

(* ---- a read-out at the end ---- *)

Lemma local_suffices f : made_of (local_head 1) no_mark f ->
  exists N, forall u v l, agree 0 N u v -> here u l f = here v l f.
Proof.
  intros F. destruct (ends_suffice 0 f) as (N & _ & E); [|now exists N].
  apply (made_of_weaken (local_head 1) _ no_mark no_mark); auto. intros p ->. now left.
Qed.

Definition alike (K : nat) (u v : list nat) : Prop :=
  firstn K u = firstn K v /\ last_letters K u = last_letters K v /\
  forall f, length f = K -> (factor f u <-> factor f v).

Lemma alike_sym K u v : alike K u v -> alike K v u.
Proof. intros (F & E & G). repeat split; auto; now apply G. Qed.

Lemma ends_by_tail N a x f : N <= length f -> agree 0 N (a ++ f) (x ++ f).
Proof.
  intros L. split; [lia|]. intros i I. rewrite !rev_app_distr.
  now rewrite !nth_error_app1 by (rewrite rev_length; lia).
Qed.

Lemma past_moves N K f u v l : N < K -> (forall u v l, agree 0 N u v -> here u l f = here v l f) ->
  alike K u v -> here u l (See past f) = true -> here v l (See past f) = true.
Proof.
  intros NK E (Fi & _ & Fa) H. apply here_see in H as (y & c & z & -> & _ & H). apply here_see.
  destruct (le_lt_dec (K - 1) (length y)) as [Y|Y].
  - set (f' := skipn (length y - (K - 1)) y).
    assert (S' : y = firstn (length y - (K - 1)) y ++ f') by now rewrite firstn_skipn.
    assert (L' : length f' = K - 1) by (unfold f'; rewrite skipn_length; lia).
    assert (factor (f' ++ [c]) v) as (x & t & ->).
    { apply Fa; [rewrite app_length; cbn; lia|].
      exists (firstn (length y - (K - 1)) y), z. rewrite S' at 1. now rewrite <- !app_assoc. }
    exists (x ++ f'), c, t. rewrite <- !app_assoc. split; auto. split; auto.
    rewrite <- H. rewrite S' at 1. apply E. apply ends_by_tail. lia.
  - exists y, c, (skipn (S (length y)) v). split; [|easy].
    rewrite <- (firstn_skipn (S (length y)) v) at 1.
    replace (firstn (S (length y)) v) with (firstn (S (length y)) (firstn K v))
      by (rewrite firstn_firstn; f_equal; lia).
    rewrite <- Fi, firstn_firstn, Nat.min_l by lia.
    rewrite firstn_app. replace (S (length y) - length y) with 1 by lia.
    rewrite firstn_all2 by lia. cbn. now rewrite <- app_assoc.
Qed.

Lemma read_out_suffices f : read_out f ->
  exists N, forall K u v, N <= K -> alike K u v -> accepts f u = accepts f v.
Proof.
  induction 1 as [f F|f F|f F (N & E)|f g F (N & E) G (N' & E')].
  - destruct (local_suffices f F) as (N & E). exists N. intros K u v L (Fi & La & _).
    rewrite !accepts_here. apply E. apply (agree_weaken 0 N K); auto. now apply agree_lists.
  - destruct (local_suffices f F) as (N & E). exists (S N). intros K u v L A.
    rewrite !accepts_here. apply same_truth.
    split; apply past_moves with (N := N) (K := K); auto. now apply alike_sym.
  - exists N. intros K u v L A. unfold accepts in *. cbn. f_equal. now apply (E K).
  - exists (N + N'). intros K u v L A. unfold accepts in *. cbn.
    f_equal; [apply (E K)|apply (E' K)]; auto; lia.
Qed.

(* the word before ends in the letters r, the last one first *)
Fixpoint before (r : list nat) : formula :=
  match r with [] => Truth | a :: r => See (window 1) (Both (Letter a) (before r)) end.

Lemma here_both u l f g : here u l (Both f g) = here u l f && here u l g.
Proof. reflexivity. Qed.

Lemma before_true r : forall u l, here u l (before r) = true <-> exists x, u = x ++ rev r.
Proof.
  induction r as [|a r IH]; intros u l.
  - cbn. split; auto. intros _. exists u. now rewrite app_nil_r.
  - cbn [before]. destruct u as [|b u _] using rev_ind.
    + split; [discriminate|]. intros (x & E). cbn in E. now destruct x, (rev r).
    + rewrite here_yesterday, here_both, here_letter, andb_true_iff, IH, Nat.eqb_eq. cbn. split.
      * intros (<- & x & ->). exists x. now rewrite app_assoc.
      * intros (x & E). rewrite app_assoc in E. apply app_inj_tail in E as [-> ->]. eauto.
Qed.

Lemma made_before r : made_of (local_head 1) no_mark (before r).
Proof. induction r; cbn; repeat split; auto. Qed.

Definition has_factor (r : list nat) : formula :=
  match r with [] => Truth | a :: r => See past (Both (Letter a) (before r)) end.

Lemma has_factor_true r w : accepts (has_factor r) w = true <-> factor (rev r) w.
Proof.
  destruct r as [|a r]; cbn [has_factor].
  - split; [exists [], w; auto|easy].
  - rewrite accepts_here, here_see. split.
    + intros (y & c & z & -> & _ & H). rewrite here_both, here_letter in H.
      apply andb_true_iff in H as [C H]. apply Nat.eqb_eq in C as <-.
      apply before_true in H as (x & ->). exists x, z. cbn. now rewrite <- !app_assoc.
    + intros (x & z & ->). exists (x ++ rev r), a, z.
      split; [cbn; now rewrite <- !app_assoc|]. split; auto.
      rewrite here_both, here_letter, Nat.eqb_refl. apply before_true. now exists x.
Qed.

(* the letters from the start up to here, the last one first *)
Definition has_start (t a : nat) : formula :=
  See past (Both (Letter a) (Both (ago t Truth) (Neg (ago (S t) Truth)))).

Lemma ago_truth t : forall u l, here u l (ago t Truth) = true <-> t <= length u.
Proof.
  induction t as [|t IH]; intros u l; [split; [lia|easy]|].
  destruct u as [|b u _] using rev_ind; [split; [discriminate|cbn; lia]|].
  rewrite here_ago, IH, app_length. cbn. lia.
Qed.

Lemma has_start_true t a w : accepts (has_start t a) w = true <-> nth_error w t = Some a.
Proof.
  unfold has_start. rewrite accepts_here, here_see. split.
  - intros (y & c & z & -> & _ & H). rewrite !here_both, here_letter in H.
    apply andb_true_iff in H as [C H]. apply Nat.eqb_eq in C as <-.
    apply andb_true_iff in H as [G H]. apply ago_truth in G.
    change (negb (here y (Some a) (ago (S t) Truth)) = true) in H. apply negb_true_iff in H.
    assert (length y = t) as <-.
    { destruct (le_lt_dec (S t) (length y)) as [T|]; [|lia].
      apply (ago_truth (S t) y (Some a)) in T. congruence. }
    now rewrite nth_error_app2, Nat.sub_diag by lia.
  - intros E. apply nth_error_split in E as (y & z & -> & Y). exists y, a, z.
    split; auto. split; auto. rewrite !here_both, here_letter, Nat.eqb_refl.
    rewrite (proj2 (ago_truth t y _)) by lia.
    change (negb (here y (Some a) (ago (S t) Truth)) = true). apply negb_true_iff.
    destruct (here y (Some a) (ago (S t) Truth)) eqn:T; auto. apply ago_truth in T. lia.
Qed.

Lemma over_incl q w : over q w -> incl w (seq 0 q).
Proof.
  unfold over. rewrite Forall_forall. intros O a A. apply in_seq. specialize (O a A). lia.
Qed.

Lemma over_factor q f w : over q w -> factor f w -> over q f.
Proof. intros O (x & y & ->). apply Forall_app in O as [_ O]. now apply Forall_app in O as [O _]. Qed.

Lemma read_out_definable q N L : locally_testable q N L ->
  exists f, read_out f /\ forall w, over q w -> accepts f w = L w.
Proof.
  intros E.
  set (letters := flat_map (fun a => map (fun t => has_start t a) (seq 0 N) ++
    map (fun i => ago (S i) (Letter a)) (seq 0 N)) (seq 0 q)).
  set (tests := letters ++ map has_factor (words (seq 0 q) N)).
  assert (local : forall n f, made_of (local_head 1) no_mark f ->
    made_of (local_head 1) no_mark (ago n f)) by (intros; now apply made_ago).
  destruct (combine read_out L) with (tests := tests) (D := over q) as (g & G & H).
  - now apply read_here.
  - apply read_neg.
  - apply read_both.
  - intros r R. apply in_app_iff in R as [R|R].
    + apply in_flat_map in R as (a & _ & R).
      apply in_app_iff in R as [R|R]; apply in_map_iff in R as (j & <- & J).
      * apply read_all. cbn [made_of]. repeat split; now apply local.
      * apply read_here. now apply local.
    + apply in_map_iff in R as ([|a e] & <- & _); [now apply read_here|].
      apply read_all. split; [easy|apply made_before].
  - intros u v U V A.
    assert (Al : forall t, In t letters -> accepts t u = accepts t v).
    { intros t T. apply A. apply in_app_iff. now left. }
    assert (agree N N u v) as W.
    { split; intros j J.
      - apply (same_by_tests q letters (has_start j) (fun w => nth_error w j)); auto;
          [|intros w a; apply has_start_true|intros w a W; now apply letter_below].
        intros a Q. apply in_flat_map. exists a. split; [apply in_seq; lia|].
        apply in_app_iff. left. apply (in_map (fun t => has_start t a)). apply in_seq. lia.
      - apply (same_by_tests q letters (fun a => ago (S j) (Letter a))
          (fun w => nth_error (rev w) j)); auto.
        + intros a Q. apply in_flat_map. exists a. split; [apply in_seq; lia|].
          apply in_app_iff. right. apply (in_map (fun i => ago (S i) (Letter a))). apply in_seq. lia.
        + intros w a. rewrite accepts_here. apply ago_letter.
        + intros w a W. now apply letter_below, over_rev. }
    apply agree_lists in W as [W1 W2]. apply E; auto.
    assert (one : forall u v, over q u -> (forall t, In t tests -> accepts t u = accepts t v) ->
      forall f, length f = N -> factor f u -> factor f v).
    { clear - tests. intros u v U A f F H.
      rewrite <- (rev_involutive f) in *. apply has_factor_true. rewrite <- A.
      - now apply has_factor_true.
      - apply in_app_iff. right. apply in_map. apply in_words.
        split; [now rewrite rev_length in F|]. apply over_incl.
        rewrite <- (rev_involutive (rev f)). apply over_rev. now apply (over_factor q _ u). }
    intros f F. split; apply one; auto. intros t T. symmetry. now apply A.
  - now exists g.
Qed.
