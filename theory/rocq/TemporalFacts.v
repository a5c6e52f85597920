(* Truth at a position, unfolded, and the one tool of all results on what formulas cannot say.

   Proved: what each past operator asks for (truth_past, truth_within); formulas of depth d
   cannot tell apart two positions that are related by a d-step simulation (simulation). *)
Require Import List Bool PeanoNat Lia.
From Locality Require Import Temporal.
Import ListNotations.

(* ---- what holds where ---- *)

Lemma truth_letter a w i : truth (Letter a) w i = true <-> nth_error w i = Some a.
Proof.
  simpl. destruct (nth_error w i) as [b |]; [| easy].
  rewrite Nat.eqb_eq. split; [now intros -> | now injection 1].
Qed.

Lemma truth_not f w i : truth (Not f) w i = true <-> truth f w i <> true.
Proof. simpl. now rewrite negb_true_iff, <- not_true_iff_false. Qed.

Lemma truth_and f g w i :
  truth (And f g) w i = true <-> truth f w i = true /\ truth g w i = true.
Proof. apply andb_true_iff. Qed.

Lemma truth_or f g w i :
  truth (Or f g) w i = true <-> truth f w i = true \/ truth g w i = true.
Proof. apply orb_true_iff. Qed.

Lemma truth_past f w i :
  truth (Past f) w i = true <-> exists j, j < i /\ truth f w j = true.
Proof.
  simpl. rewrite existsb_exists. split; intros (j & J & T); exists j; (split; [| exact T]);
    [apply in_seq in J | apply in_seq]; lia.
Qed.

Lemma truth_within k f w i :
  truth (Within k f) w i = true <-> exists j, j < i <= j + k /\ truth f w j = true.
Proof.
  simpl. rewrite existsb_exists. split; intros (j & J & T); exists j; (split; [| exact T]);
    [apply in_seq in J | apply in_seq]; lia.
Qed.

Lemma truth_any fs w i :
  truth (any fs) w i = true <-> exists f, In f fs /\ truth f w i = true.
Proof.
  induction fs as [| f fs IH]; [split; [easy | now intros (f & [] & _)] |].
  change (any (f :: fs)) with (Or f (any fs)). rewrite truth_or, IH. split.
  - intros [T | (g & I & T)]; [exists f | exists g]; simpl; auto.
  - intros (g & [-> | I] & T); [now left | right; now exists g].
Qed.

Lemma same_truth (b c : bool) : (b = true <-> c = true) -> b = c.
Proof. destruct b, c; intuition congruence. Qed.

(* ---- fragments ---- *)

Lemma written_monotone (past past' : Prop) (window window' : nat -> Prop) f :
  (past -> past') -> (forall k, window k -> window' k) ->
  written_with past window f -> written_with past' window' f.
Proof. intros P W. induction f; simpl; intuition. Qed.

Lemma written_any past window fs :
  (forall f, In f fs -> written_with past window f) -> written_with past window (any fs).
Proof. induction fs; simpl; intros H; [easy |]. split; auto. Qed.

(* ---- simulation ---- *)

(* `from` and `to` are sets of earlier positions, and every one of `from` has its like in `to` *)
Definition matched (R : nat -> nat -> Prop) (from to : nat -> Prop) : Prop :=
  forall m, from m -> exists n, to n /\ R m n.

Lemma matched_exists R (from to g h : nat -> Prop) :
  matched R from to -> (forall m n, R m n -> g m -> h n) ->
  (exists m, from m /\ g m) -> exists n, to n /\ h n.
Proof.
  intros M T (m & F & G). destruct (M m F) as (n & N & S). exists n. eauto.
Qed.

(* A relation R d between the positions of two words, such that related positions hold the same
   letter, and what P and the windows read from one has its like at depth d - 1 in the other. *)
Theorem simulation (past : Prop) (window : nat -> Prop) (w w' : word)
    (R : nat -> nat -> nat -> Prop)
    (letters : forall d p q, R d p q -> nth_error w p = nth_error w' q)
    (pasts : past -> forall d p q, R (S d) p q ->
       matched (R d) (fun m => m < p) (fun n => n < q) /\
       matched (fun n m => R d m n) (fun n => n < q) (fun m => m < p))
    (windows : forall k, window k -> forall d p q, R (S d) p q ->
       matched (R d) (fun m => m < p <= m + k) (fun n => n < q <= n + k) /\
       matched (fun n m => R d m n) (fun n => n < q <= n + k) (fun m => m < p <= m + k)) f :
  written_with past window f ->
  forall d p q, depth f <= d -> R d p q -> truth f w p = truth f w' q.
Proof.
  induction f as [| a | g IH | g IHg h IHh | g IHg h IHh | g IH | k g IH];
    simpl written_with; simpl depth; intros W d p q D r.
  - reflexivity.
  - simpl. now rewrite (letters d p q r).
  - simpl. now rewrite (IH W d p q D r).
  - simpl. rewrite (IHg (proj1 W) d p q), (IHh (proj2 W) d p q) by (assumption || lia). easy.
  - simpl. rewrite (IHg (proj1 W) d p q), (IHh (proj2 W) d p q) by (assumption || lia). easy.
  - destruct d as [| d]; [lia |]. destruct W as [P W], (pasts P d p q r) as [F B].
    apply same_truth. rewrite !truth_past. split; eapply matched_exists; try eassumption;
      intros m n s T; [rewrite <- (IH W d m n) | rewrite (IH W d n m)]; auto; lia.
  - destruct d as [| d]; [lia |]. destruct W as [K W], (windows k K d p q r) as [F B].
    apply same_truth. rewrite !truth_within. split; eapply matched_exists; try eassumption;
      intros m n s T; [rewrite <- (IH W d m n) | rewrite (IH W d n m)]; auto; lia.
Qed.

(* ---- words ---- *)

Lemma power_length w n : length (power w n) = n * length w.
Proof.
  unfold power. induction n; simpl; [easy |]. now rewrite app_length, IHn.
Qed.

Lemma power_S w n : power w (S n) = w ++ power w n.
Proof. reflexivity. Qed.

Lemma power_comm w n : w ++ power w n = power w n ++ w.
Proof.
  induction n; [simpl; now rewrite app_nil_r |].
  rewrite power_S, <- app_assoc. now rewrite <- IHn.
Qed.

Lemma power_incl w n sigma : incl w sigma -> incl (power w n) sigma.
Proof.
  intros I. induction n; [easy |]. rewrite power_S. now apply incl_app.
Qed.

Lemma firstn_next (w : word) j c : nth_error w j = Some c -> firstn (S j) w = firstn j w ++ [c].
Proof.
  revert j. induction w as [| a w IH]; intros [| j] E; try easy.
  - now injection E as ->.
  - simpl in *. f_equal. now apply IH.
Qed.

(* all words of n letters *)
Fixpoint words (sigma : list nat) (n : nat) : list word :=
  match n with
  | O => [[]]
  | S m => flat_map (fun a => map (cons a) (words sigma m)) sigma
  end.

Lemma in_words sigma n w : In w (words sigma n) <-> length w = n /\ incl w sigma.
Proof.
  revert w. induction n as [| n IH]; intros w; simpl.
  - split; [intros [<- | []]; now split | intros [L _]; left; now destruct w].
  - rewrite in_flat_map. split.
    + intros (a & A & I). apply in_map_iff in I as (v & <- & V). apply IH in V as [L I].
      split; [simpl; now rewrite L |]. now apply incl_cons.
    + intros [L I]. destruct w as [| a v]; [easy |]. exists a. split; [apply I; apply in_eq |].
      apply in_map_iff. exists v. split; [easy |]. apply IH. split; [now injection L |].
      intros b B. apply I. now apply in_cons.
Qed.
