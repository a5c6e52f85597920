(* compile -- a transformer that computes the truth of a formula, exactly.

   Source: expressivity, whose constructions take hard or scaled attention; the least scale is ours.
   Assumes: scores scale * truth at temperature 1; exp scale >= N - 1, where N keys are visible.

   Proved: a head whose true keys score `scale` and whose others score 0 puts m / (m + c e^(-scale))
   on its m true keys among m + c (mass_eq), at least what it puts on one (one_is_least); the
   feed-forward step reads 0 or 1 from that (read_mass), and needs so large a scale (read_too_low);
   so the compiled formula is its truth at every position (compiled_truth), and after d layers so is
   one of depth at most d (layers_truth). *)
Require Import Reals Lra Lia List Bool PeanoNat.
From Locality Require Import Functions Softmax Temporal.
Import ListNotations.
Open Scope R_scope.

Definition bit (b : bool) : R := if b then 1 else 0.
Definition marked {K} (P : K -> bool) (scale : R) (k : K) : R := scale * bit (P k).

(* ---- attention on the true keys ---- *)

Section Mass.
  Context {K : Type} (keys : list K) (P : K -> bool) (scale : R).
  Let m := size (inside P keys).
  Let c := size (outside P keys).

  Lemma marked_weight k : weight (marked P scale) 1 k = if P k then exp scale else 1.
  Proof.
    unfold weight, marked, bit. destruct (P k).
    - f_equal. field.
    - transitivity (exp 0); [f_equal; field | apply exp_0].
  Qed.

  Lemma marked_total : total_weight keys (marked P scale) 1 = m * exp scale + c.
  Proof.
    unfold total_weight. rewrite (sum_split P), (sum_const_on (exp scale)), (sum_const_on 1).
    - unfold m, c. ring.
    - intros k I. apply in_outside in I as [_ E]. now rewrite marked_weight, E.
    - intros k I. apply in_inside in I as [_ E]. now rewrite marked_weight, E.
  Qed.

  Lemma sizes : 0 <= m /\ 0 <= c.
  Proof. split; apply pos_INR. Qed.

  Lemma mass_eq : inside P keys <> [] ->
    fidelity keys P (marked P scale) 1 = m / (m + c * exp (- scale)).
  Proof.
    intros N. apply size_pos in N. fold m in N. destruct sizes as [_ C].
    unfold fidelity. rewrite (sum_const_on (exp scale / (m * exp scale + c))).
    - fold m. rewrite exp_Ropp. pose proof (exp_pos scale). field. repeat split; nra.
    - intros k I. apply in_inside in I as [_ E]. unfold probability.
      now rewrite marked_weight, marked_total, E.
  Qed.

  Lemma mass_none : inside P keys = [] -> fidelity keys P (marked P scale) 1 = 0.
  Proof. intros N. unfold fidelity. now rewrite N. Qed.

  Lemma mean_is_mass :
    mean keys (marked P scale) 1 (fun k => bit (P k)) = fidelity keys P (marked P scale) 1.
  Proof.
    unfold mean, fidelity. rewrite (sum_split P).
    rewrite (sum_ext _ (probability keys (marked P scale) 1) (inside P keys)).
    - rewrite (sum_ext _ (fun _ => 0) (outside P keys)).
      + rewrite sum_const. ring.
      + intros k I. apply in_outside in I as [_ E]. rewrite E. simpl. ring.
    - intros k I. apply in_inside in I as [_ E]. rewrite E. simpl. ring.
  Qed.

  Lemma one_is_least : inside P keys <> [] ->
    fidelity keys P (marked P scale) 1 >= 1 / (1 + (m + c - 1) * exp (- scale)).
  Proof.
    intros N. rewrite mass_eq by exact N.
    pose proof (size_ge_1 _ N) as M. fold m in M.
    destruct sizes as [_ C]. pose proof (exp_pos (- scale)) as E. apply Rle_ge.
    assert (0 <= (m - 1) * exp (- scale)) by nra. assert (0 <= c * exp (- scale)) by nra.
    apply Rmult_le_reg_r with (1 + (m + c - 1) * exp (- scale)); [nra |].
    apply Rmult_le_reg_r with (m + c * exp (- scale)); [nra |].
    field_simplify; [nra | nra | nra].
  Qed.
End Mass.

(* ---- reading it ---- *)

Definition read (mass : R) : R := ramp (4 * mass - 1) - ramp (4 * mass - 2).

Lemma read_high mass : 1 / 2 <= mass -> read mass = 1.
Proof. intros L. unfold read, ramp. rewrite !Rmax_left by lra. lra. Qed.

Lemma read_low mass : mass <= 1 / 4 -> read mass = 0.
Proof. intros L. unfold read, ramp. rewrite !Rmax_right by lra. lra. Qed.

Lemma read_between mass : mass < 1 / 2 -> read mass < 1.
Proof. intros L. unfold read, ramp, Rmax. repeat destruct Rle_dec; lra. Qed.

Lemma half_mass {K} (keys : list K) P scale :
  inside P keys <> [] -> size keys - 1 <= exp scale ->
  1 / 2 <= fidelity keys P (marked P scale) 1.
Proof.
  intros N L. apply Rle_trans with (2 := Rge_le _ _ (one_is_least keys P scale N)).
  rewrite <- size_split. set (n := size keys) in *. pose proof (exp_pos (- scale)) as E.
  assert (U : (n - 1) * exp (- scale) <= 1).
  { apply Rmult_le_compat_r with (r := exp (- scale)) in L; [| lra].
    rewrite <- exp_plus, Rplus_opp_r, exp_0 in L. exact L. }
  assert (1 <= n) by (now apply size_ge_1, (inside_not_nil P)).
  assert (0 <= (n - 1) * exp (- scale)) by nra.
  apply Rmult_le_reg_r with (1 + (n - 1) * exp (- scale)); [nra |].
  field_simplify; nra.
Qed.

(* what a head makes of truth values; an empty past gives 0 *)
Definition head (past : list nat) (scale : R) (x : nat -> R) : R :=
  mean past (fun j => scale * x j) 1 x.

Theorem read_mass past (truth : nat -> bool) scale x :
  (forall j, In j past -> x j = bit (truth j)) -> INR (length past) - 1 <= exp scale ->
  read (head past scale x) = bit (existsb truth past).
Proof.
  intros X L. assert (H : head past scale x = fidelity past truth (marked truth scale) 1).
  { rewrite <- mean_is_mass. unfold head, mean, probability, total_weight, weight, marked.
    rewrite (sum_ext (fun k => exp (scale * x k / 1)) (fun k => exp (scale * bit (truth k) / 1))).
    - apply sum_ext. intros k I. now rewrite (X k I).
    - intros k I. now rewrite (X k I). }
  rewrite H. destruct (existsb truth past) eqn:E.
  - apply read_high, half_mass; [| exact L]. apply existsb_exists in E as (j & J & T).
    intros N. assert (I : In j (inside truth past)) by now apply in_inside.
    now rewrite N in I.
  - apply read_low. rewrite mass_none; [lra |]. clear - E.
    induction past as [| j past IH]; [easy |].
    simpl in *. apply orb_false_iff in E as [-> E]. auto.
Qed.

(* one true key among more than 1 + exp scale is not read as 1 *)
Theorem read_too_low {K} (keys : list K) P scale :
  size (inside P keys) = 1 -> exp scale < size (outside P keys) ->
  read (fidelity keys P (marked P scale) 1) < 1.
Proof.
  intros M C. apply read_between.
  assert (N : inside P keys <> []) by (intros N; rewrite N in M; unfold size in M; simpl in M; lra).
  rewrite (mass_eq keys P scale N), M. pose proof (exp_pos (- scale)) as E.
  set (c := size (outside P keys)) in *.
  assert (U : 1 < c * exp (- scale)).
  { apply Rmult_lt_compat_r with (r := exp (- scale)) in C; [| lra].
    now rewrite <- exp_plus, Rplus_opp_r, exp_0 in C. }
  apply Rmult_lt_reg_r with (1 + c * exp (- scale)); [lra |]. field_simplify; lra.
Qed.

(* ---- the whole formula ---- *)

Lemma not_exact b : ramp (1 - bit b) = bit (negb b).
Proof. unfold ramp. destruct b; simpl; [apply Rmax_right | rewrite Rmax_left]; lra. Qed.

Lemma and_exact b c : ramp (bit b + bit c - 1) = bit (b && c).
Proof. unfold ramp, Rmax. destruct b, c; simpl; destruct Rle_dec; lra. Qed.

Lemma or_exact b c : 1 - ramp (1 - bit b - bit c) = bit (b || c).
Proof. unfold ramp, Rmax. destruct b, c; simpl; destruct Rle_dec; lra. Qed.

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

(* what an operator's head and step make of the values below it *)
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

(* what the transformer holds for f at position i after d layers of heads; before the first the
   operators hold nothing *)
Fixpoint after_layers (scale : formula -> R) (d : nat) (f : formula) (w : word) (i : nat) : R :=
  match d with
  | O => combined (fun _ _ => 0) f w i
  | S e => combined (attended scale (fun g => after_layers scale e g w)) f w i
  end.

(* scales that carry words of n letters: at most n keys are visible, and k to a window of k *)
Fixpoint carries (scale : formula -> R) (n : nat) (f : formula) : Prop :=
  match f with
  | Top | Letter _ => True
  | Not g => carries scale n g
  | And g h | Or g h => carries scale n g /\ carries scale n h
  | Past g => INR n - 1 <= exp (scale f) /\ carries scale n g
  | Within k g => INR (Nat.min k n) - 1 <= exp (scale f) /\ carries scale n g
  end.

Theorem compiled_truth scale f w n :
  (length w <= n)%nat -> carries scale n f ->
  forall i, (i <= length w)%nat -> compiled scale f w i = bit (truth f w i).
Proof.
  intros W. induction f as [| a | g IH | g IHg h IHh | g IHg h IHh | g IH | k g IH];
    intros C i I; cbn [compiled truth].
  - reflexivity.
  - now destruct (nth_error w i).
  - rewrite (IH C i I). apply not_exact.
  - destruct C as [G H]. rewrite (IHg G i I), (IHh H i I). apply and_exact.
  - destruct C as [G H]. rewrite (IHg G i I), (IHh H i I). apply or_exact.
  - destruct C as [L C]. apply read_mass.
    + intros j J. apply in_seq in J. apply IH; [exact C | lia].
    + rewrite seq_length. apply Rle_trans with (2 := L).
      apply Rplus_le_compat_r, le_INR. lia.
  - destruct C as [L C]. apply read_mass.
    + intros j J. apply in_seq in J. apply IH; [exact C | lia].
    + rewrite seq_length. apply Rle_trans with (2 := L).
      apply Rplus_le_compat_r, le_INR. lia.
Qed.

Theorem layers_truth scale w n d : (length w <= n)%nat -> forall f,
  (depth f <= d)%nat -> carries scale n f ->
  forall i, (i <= length w)%nat -> after_layers scale d f w i = bit (truth f w i).
Proof.
  intros W. induction d as [| d below]; intros f; cbn [after_layers];
    (induction f as [| a | g IH | g IHg h IHh | g IHg h IHh | g IH | k g IH];
     intros D C i I; cbn [combined truth depth] in *; try lia;
     [ reflexivity
     | now destruct (nth_error w i)
     | rewrite IH by assumption; apply not_exact
     | destruct C; rewrite IHg, IHh by (assumption || lia); apply and_exact
     | destruct C; rewrite IHg, IHh by (assumption || lia); apply or_exact
     | .. ]).
  - destruct C as [L C]. apply read_mass.
    + intros j J. apply in_seq in J. apply below; [lia | exact C | lia].
    + rewrite seq_length. apply Rle_trans with (2 := L).
      apply Rplus_le_compat_r, le_INR. lia.
  - destruct C as [L C]. apply read_mass.
    + intros j J. apply in_seq in J. apply below; [lia | exact C | lia].
    + rewrite seq_length. apply Rle_trans with (2 := L).
      apply Rplus_le_compat_r, le_INR. lia.
Qed.
