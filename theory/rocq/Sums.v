(* Finite sums over a list of keys, and their split into a block and the rest.

   A key listed twice counts twice; `P` marks the keys of the block.

   Proved here: linearity, comparison with its equality case, double sums, products, and
   sum = sum inside + sum outside. *)
Require Import Reals Lra List Bool.
Import ListNotations.
Open Scope R_scope.

Definition sum {K} (f : K -> R) (keys : list K) : R := fold_right Rplus 0 (map f keys).
Definition size {K} (keys : list K) : R := INR (length keys).
Definition inside {K} (P : K -> bool) (keys : list K) : list K := filter P keys.
Definition outside {K} (P : K -> bool) (keys : list K) : list K :=
  filter (fun k => negb (P k)) keys.

(* ---- finite sums ---- *)

Lemma sum_nil {K} (f : K -> R) : sum f [] = 0.
Proof. reflexivity. Qed.

Lemma sum_cons {K} (f : K -> R) k keys : sum f (k :: keys) = f k + sum f keys.
Proof. reflexivity. Qed.

Lemma sum_app {K} (f : K -> R) keys others : sum f (keys ++ others) = sum f keys + sum f others.
Proof.
  induction keys as [| k keys IH]; simpl app; [rewrite sum_nil | rewrite !sum_cons, IH]; ring.
Qed.

Lemma sum_ext {K} (f g : K -> R) keys :
  (forall k, In k keys -> f k = g k) -> sum f keys = sum g keys.
Proof.
  induction keys as [| k keys IH]; intros E; [reflexivity |].
  rewrite !sum_cons, (E k), IH; simpl; auto. intros; apply E; simpl; auto.
Qed.

Lemma sum_plus {K} (f g : K -> R) keys :
  sum (fun k => f k + g k) keys = sum f keys + sum g keys.
Proof.
  induction keys as [| k keys IH]; [rewrite !sum_nil | rewrite !sum_cons, IH]; ring.
Qed.

Lemma sum_minus {K} (f g : K -> R) keys :
  sum (fun k => f k - g k) keys = sum f keys - sum g keys.
Proof.
  induction keys as [| k keys IH]; [rewrite !sum_nil | rewrite !sum_cons, IH]; ring.
Qed.

Lemma sum_scale {K} (a : R) (f : K -> R) keys : sum (fun k => a * f k) keys = a * sum f keys.
Proof.
  induction keys as [| k keys IH]; [rewrite !sum_nil | rewrite !sum_cons, IH]; ring.
Qed.

Lemma sum_scale_r {K} (a : R) (f : K -> R) keys : sum (fun k => f k * a) keys = sum f keys * a.
Proof.
  induction keys as [| k keys IH]; [rewrite !sum_nil | rewrite !sum_cons, IH]; ring.
Qed.

Lemma sum_divide {K} (a : R) (f : K -> R) keys : sum (fun k => f k / a) keys = sum f keys / a.
Proof. apply sum_scale_r. Qed.

Lemma sum_const {K} (a : R) (keys : list K) : sum (fun _ => a) keys = size keys * a.
Proof.
  unfold size. induction keys as [| k keys IH]; [rewrite sum_nil; simpl; ring |].
  rewrite sum_cons, IH. simpl length. rewrite S_INR. ring.
Qed.

Lemma sum_const_on {K} (a : R) (f : K -> R) keys :
  (forall k, In k keys -> f k = a) -> sum f keys = size keys * a.
Proof. intros E. rewrite <- sum_const. now apply sum_ext. Qed.

Lemma sum_le {K} (f g : K -> R) keys :
  (forall k, In k keys -> f k <= g k) -> sum f keys <= sum g keys.
Proof.
  induction keys as [| k keys IH]; intros L; [apply Rle_refl |].
  rewrite !sum_cons. apply Rplus_le_compat; [| apply IH; intros]; apply L; simpl; auto.
Qed.

Lemma sum_nonneg {K} (f : K -> R) keys : (forall k, In k keys -> 0 <= f k) -> 0 <= sum f keys.
Proof.
  intros N. rewrite <- (Rmult_0_r (size keys)), <- sum_const. now apply sum_le.
Qed.

Lemma sum_zero {K} (f : K -> R) keys :
  (forall k, In k keys -> 0 <= f k) -> sum f keys = 0 -> forall k, In k keys -> f k = 0.
Proof.
  induction keys as [| j keys IH]; intros N Z k; [intros [] |].
  rewrite sum_cons in Z. pose proof (N j (in_eq j keys)) as J.
  assert (T : forall k, In k keys -> 0 <= f k) by (intros; apply N; simpl; auto).
  pose proof (sum_nonneg f keys T). intros [<- | I]; [| apply IH; auto]; lra.
Qed.

(* termwise below with equal sums: equal term by term *)
Lemma sum_le_equality {K} (f g : K -> R) keys :
  (forall k, In k keys -> f k <= g k) -> sum f keys = sum g keys ->
  forall k, In k keys -> f k = g k.
Proof.
  intros L E k I. enough (g k - f k = 0) by lra.
  apply (sum_zero (fun k => g k - f k) keys); [| rewrite sum_minus; lra | exact I].
  intros j J. specialize (L j J). lra.
Qed.

Lemma sum_pos {K} (f : K -> R) keys :
  keys <> [] -> (forall k, In k keys -> 0 < f k) -> 0 < sum f keys.
Proof.
  destruct keys as [| k keys]; [congruence |]. intros _ L. rewrite sum_cons.
  apply Rplus_lt_le_0_compat; [| apply sum_nonneg; intros; apply Rlt_le]; apply L; simpl; auto.
Qed.

Lemma sum_swap {K I} (f : K -> I -> R) keys others :
  sum (fun k => sum (f k) others) keys = sum (fun i => sum (fun k => f k i) keys) others.
Proof.
  induction keys as [| k keys IH].
  - rewrite sum_nil. symmetry. transitivity (sum (fun _ : I => 0) others); [reflexivity |].
    rewrite sum_const. ring.
  - rewrite sum_cons, IH, <- sum_plus. reflexivity.
Qed.

Lemma sum_product {K I} (f : K -> R) (g : I -> R) keys others :
  sum f keys * sum g others = sum (fun k => sum (fun i => f k * g i) others) keys.
Proof.
  rewrite <- sum_scale_r. apply sum_ext. intros. now rewrite sum_scale.
Qed.

Lemma sum_split {K} (P : K -> bool) (f : K -> R) keys :
  sum f keys = sum f (inside P keys) + sum f (outside P keys).
Proof.
  unfold inside, outside. induction keys as [| k keys IH]; cbn [filter].
  { rewrite !sum_nil. ring. }
  destruct (P k); cbn [negb]; rewrite !sum_cons, IH; ring.
Qed.

(* ---- block and rest ---- *)

Lemma in_inside {K} (P : K -> bool) keys k : In k (inside P keys) <-> In k keys /\ P k = true.
Proof. apply filter_In. Qed.

Lemma in_outside {K} (P : K -> bool) keys k : In k (outside P keys) <-> In k keys /\ P k = false.
Proof. unfold outside. rewrite filter_In, negb_true_iff. reflexivity. Qed.

Lemma inside_occupied {K} (P : K -> bool) keys k :
  In k keys -> P k = true -> inside P keys <> [].
Proof.
  intros I Pk E. pose proof (proj2 (in_inside P keys k) (conj I Pk)) as F. now rewrite E in F.
Qed.

Lemma outside_occupied {K} (P : K -> bool) keys k :
  In k keys -> P k = false -> outside P keys <> [].
Proof.
  intros I Pk E. pose proof (proj2 (in_outside P keys k) (conj I Pk)) as F. now rewrite E in F.
Qed.

Lemma inside_not_nil {K} (P : K -> bool) keys : inside P keys <> [] -> keys <> [].
Proof. now intros N ->. Qed.

Lemma outside_not_nil {K} (P : K -> bool) keys : outside P keys <> [] -> keys <> [].
Proof. now intros N ->. Qed.

Lemma size_pos {K} (keys : list K) : keys <> [] -> 0 < size keys.
Proof.
  intros N. unfold size. apply lt_0_INR. destruct keys; [congruence | simpl; auto with arith].
Qed.

Lemma size_ge_1 {K} (keys : list K) : keys <> [] -> 1 <= size keys.
Proof.
  destruct keys as [| k keys]; [congruence |]. intros _. unfold size. simpl length.
  rewrite S_INR. pose proof (pos_INR (length keys)). lra.
Qed.

Lemma size_split {K} (P : K -> bool) (keys : list K) :
  size keys = size (inside P keys) + size (outside P keys).
Proof.
  rewrite <- (Rmult_1_r (size keys)), <- (sum_const 1 keys), (sum_split P), !sum_const. ring.
Qed.
