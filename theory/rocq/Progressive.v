(* progressive -- dialled layers deviate from undialled ones by at most the sum of what each dial
   changes, times what the later layers make of it.

   Source: progressive, locality that grows with depth.
   Assumes: layers 0, 1, ... of a run f and of its dialled run g; layer l of f is Lipschitz with
   constant Lambda l >= 0 between the two runs, and layer l of g differs from it by at most e l on
   the dialled run. Distances satisfy the triangle inequality.

   Proved: the deviation bound (deviation_le_bound), as a sum over layers (accumulated_sum); a dial
   on attention deviates by at most D tanh (lambda/(4 tau)) (dialled_output), which grows with
   lambda (change_increasing); among all orders of the same dials the increasing one has the least
   bound if the layers expand (increasing_is_least), the decreasing one if they contract
   (decreasing_is_least), where the increasing one can be worse (contracting_fails); a steeper
   schedule lambda_max (l/L)^beta has the smaller bound, whatever the layers (steeper_is_less). *)
Require Import Reals Lra Lia List Permutation Sorted FunctionalExtensionality.
From Locality Require Import Functions Bounds Softmax Truncation Dial.
Import ListNotations.
Open Scope R_scope.

Lemma progressive_bound_eq (Lambda before D lambda tau : R) :
  0 < tau ->
  progressive_bound Lambda before D lambda tau = Lambda * before + D * tanh (lambda / (4 * tau)).
Proof.
  intros T. unfold progressive_bound.
  replace (1 / 4 * lambda / tau) with (lambda / (4 * tau)) by (field; lra). ring.
Qed.

(* ---- two runs ---- *)

Fixpoint run {K} (f : nat -> K -> K) (start : K) (depth : nat) : K :=
  match depth with O => start | S l => f l (run f start l) end.

Fixpoint unrolled (Lambda e : nat -> R) (depth : nat) : R :=
  match depth with O => 0 | S l => Lambda l * unrolled Lambda e l + e l end.

Theorem layer_le_bound {K} (dist : K -> K -> R) (f g : K -> K) x y Lambda D lambda tau :
  0 < tau -> (forall x y z, dist x z <= dist x y + dist y z) ->
  dist (f y) (f x) <= Lambda * dist y x -> dist (g y) (f y) <= D * tanh (lambda / (4 * tau)) ->
  dist (g y) (f x) <= progressive_bound Lambda (dist y x) D lambda tau.
Proof.
  intros H T L E. rewrite progressive_bound_eq by assumption. pose proof (T (g y) (f y) (f x)). lra.
Qed.

(* ---- the same as a sum ---- *)

Definition product (factors : list R) : R := fold_right Rmult 1 factors.
Definition later (Lambda : nat -> R) (depth l : nat) : R :=
  product (map Lambda (seq (S l) (depth - S l))).

Definition accumulated (Lambda e : nat -> R) (depth : nat) : R :=
  sum (fun l => e l * later Lambda depth l) (seq 0 depth).

Lemma product_snoc (factors : list R) (a : R) : product (factors ++ [a]) = product factors * a.
Proof. unfold product. induction factors as [| b factors IH]; simpl; [ring | rewrite IH; ring]. Qed.

Lemma later_step (Lambda : nat -> R) (depth l : nat) :
  (l < depth)%nat -> later Lambda (S depth) l = later Lambda depth l * Lambda depth.
Proof.
  intros L. unfold later. replace (S depth - S l)%nat with (S (depth - S l)) by lia.
  rewrite seq_S, map_app. simpl map. rewrite product_snoc. do 2 f_equal. lia.
Qed.

Lemma later_last (Lambda : nat -> R) (depth : nat) : later Lambda (S depth) depth = 1.
Proof. unfold later. now rewrite Nat.sub_diag. Qed.

Theorem accumulated_sum (Lambda e : nat -> R) (depth : nat) :
  unrolled Lambda e depth = accumulated Lambda e depth.
Proof.
  unfold accumulated. induction depth as [| d IH]; [reflexivity |].
  rewrite seq_S, sum_app, sum_cons, sum_nil. simpl (0 + d)%nat. simpl unrolled.
  rewrite IH, later_last, <- sum_scale.
  rewrite (sum_ext (fun l => e l * later Lambda (S d) l)
             (fun l => Lambda d * (e l * later Lambda d l))); [ring |].
  intros l I. apply in_seq in I. rewrite later_step by lia. ring.
Qed.

Theorem deviation_le_bound {K} (dist : K -> K -> R) (f g : nat -> K -> K) start (Lambda e : nat -> R)
    depth :
  dist start start = 0 -> (forall x y z, dist x z <= dist x y + dist y z) ->
  (forall l, (l < depth)%nat -> 0 <= Lambda l /\
     dist (f l (run g start l)) (f l (run f start l))
     <= Lambda l * dist (run g start l) (run f start l)) ->
  (forall l, (l < depth)%nat -> dist (g l (run g start l)) (f l (run g start l)) <= e l) ->
  dist (run g start depth) (run f start depth) <= accumulated Lambda e depth.
Proof.
  rewrite <- accumulated_sum. intros Z T L E. induction depth as [| l IH]; simpl; [lra |].
  destruct (L l) as [N B]; [lia |]. pose proof (E l ltac:(lia)) as C.
  pose proof (T (g l (run g start l)) (f l (run g start l)) (f l (run f start l))) as A.
  assert (I : dist (run g start l) (run f start l) <= unrolled Lambda e l)
    by (apply IH; intros; [apply L | apply E]; lia).
  pose proof (Rmult_le_compat_l _ _ _ N I). lra.
Qed.

Lemma later_front (Lambda : nat -> R) (depth l : nat) :
  (S l < depth)%nat -> later Lambda depth l = Lambda (S l) * later Lambda depth (S l).
Proof.
  intros L. unfold later. replace (depth - S l)%nat with (S (depth - S (S l))) by lia. reflexivity.
Qed.

Lemma later_nonneg (Lambda : nat -> R) (depth l : nat) :
  (forall k, (1 <= k < depth)%nat -> 0 <= Lambda k) -> 0 <= later Lambda depth l.
Proof.
  intros N. unfold later.
  assert (A : forall k, In k (seq (S l) (depth - S l)) -> 0 <= Lambda k)
    by (intros k I; apply in_seq in I; apply N; lia).
  induction (seq (S l) (depth - S l)) as [| k ks IH]; simpl; [lra |].
  apply Rmult_le_pos; [apply A; simpl; auto | apply IH; intros; apply A; simpl; auto].
Qed.

Lemma accumulated_le (Lambda e e' : nat -> R) (depth : nat) :
  (forall l, (l < depth)%nat -> 0 <= Lambda l) -> (forall l, (l < depth)%nat -> e l <= e' l) ->
  accumulated Lambda e depth <= accumulated Lambda e' depth.
Proof.
  rewrite <- !accumulated_sum. intros N E. induction depth as [| d IH]; simpl; [lra |].
  pose proof (E d ltac:(lia)). apply Rplus_le_compat; [| assumption].
  apply Rmult_le_compat_l; [apply N; lia | apply IH; intros; [apply N | apply E]; lia].
Qed.

(* ---- what a dial on attention changes ---- *)

Lemma seminorm_nonneg {I} (N : (I -> R) -> R) (u : I -> R) : seminorm N -> 0 <= N u.
Proof.
  intros S. pose proof (seminorm_plus N S u (fun i => -1 * u i)) as T.
  rewrite (seminorm_scale N S (-1) u), (Rabs_left (-1)) in T by lra.
  rewrite (seminorm_ext N S _ (fun i => 0 * u i)), (seminorm_scale N S 0 u), Rabs_R0 in T
    by (intros; ring). lra.
Qed.

Lemma dialled_mean_inside {K} (keys : list K) P s lambda tau (f : K -> R) :
  mean (inside P keys) (dialled P s lambda) tau f = mean (inside P keys) s tau f.
Proof. apply sum_ext. intros k I. now rewrite probability_inside. Qed.

Lemma dialled_mean_outside {K} (keys : list K) P s lambda tau (f : K -> R) :
  mean (outside P keys) (dialled P s lambda) tau f = mean (outside P keys) s tau f.
Proof. apply sum_ext. intros k I. now rewrite probability_outside. Qed.

Lemma dialled_nothing {K} (P : K -> bool) s : dialled P s 0 = s.
Proof. apply functional_extensionality, dialled_zero. Qed.

Lemma dialled_change {K} (keys : list K) P s lambda tau (f : K -> R) :
  inside P keys <> [] -> outside P keys <> [] ->
  mean keys (dialled P s lambda) tau f - mean keys s tau f
  = (fidelity keys P s tau - fidelity keys P (dialled P s lambda) tau)
    * (mean (outside P keys) s tau f - mean (inside P keys) s tau f).
Proof.
  intros NR NC. assert (N : keys <> []) by eauto using inside_not_nil.
  rewrite !(mean_split keys P), dialled_mean_inside, dialled_mean_outside, !fidelity_leakage
    by assumption. ring.
Qed.

Theorem dialled_output {K I} (N : (I -> R) -> R) (keys : list K) P s lambda tau (v : K -> I -> R) D :
  seminorm N -> inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> 0 <= lambda ->
  (forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     N (fun i => v k i - v j i) <= D) ->
  N (fun i => output keys (dialled P s lambda) tau v i - output keys s tau v i)
  <= D * tanh (lambda / (4 * tau)).
Proof.
  intros S NR NC T L B. unfold output.
  rewrite (seminorm_ext N S _ _ (fun i => dialled_change keys P s lambda tau (fun k => v k i) NR NC)).
  rewrite (seminorm_scale N S _ (fun i => mean (outside P keys) s tau (fun k => v k i)
    - mean (inside P keys) s tau (fun k => v k i))), Rmult_comm.
  pose proof (dial_stability keys P s lambda 0 tau NR NC T) as V.
  rewrite dial_total_variation, dialled_nothing, Rabs_minus_sym, dial_stability_bound_eq in V
    by assumption.
  rewrite Rminus_0_r, (Rabs_pos_eq lambda L) in V.
  apply Rmult_le_compat; [| apply Rabs_pos | | exact V].
  - now apply seminorm_nonneg.
  - rewrite (seminorm_ext N S _ (output (inside P keys) s tau
      (fun j => output (outside P keys) s tau (fun k i => v k i - v j i))))
      by (intros; now apply mean_difference).
    apply seminorm_mean; auto. intros j J. apply seminorm_mean; auto. intros k C.
    apply in_inside in J. apply in_outside in C. apply B; tauto.
Qed.

Lemma tanh_increasing (a b : R) : a <= b -> tanh a <= tanh b.
Proof.
  assert (E : forall t, tanh t = 1 - 2 / (exp (2 * t) + 1)).
  { intros t. unfold tanh, sinh, cosh. replace (2 * t) with (t + t) by ring.
    rewrite exp_plus, exp_Ropp. pose proof (exp_pos t). field. split; nra. }
  intros L. rewrite !E. pose proof (exp_pos (2 * a)). apply Rplus_le_compat_l, Ropp_le_contravar.
  apply Rmult_le_compat_l; [lra |]. apply Rinv_le_contravar; [lra |].
  apply Rplus_le_compat_r, exp_le. lra.
Qed.

Theorem change_increasing (D tau a b : R) :
  0 <= D -> 0 < tau -> a <= b -> D * tanh (a / (4 * tau)) <= D * tanh (b / (4 * tau)).
Proof.
  intros P T L. apply Rmult_le_compat_l; [assumption |]. apply tanh_increasing.
  apply Rmult_le_compat_r; [left; apply Rinv_0_lt_compat |]; lra.
Qed.

(* ---- the order of the same dials ---- *)

Fixpoint dot (es : list R) (W : nat -> R) : R :=
  match es with [] => 0 | e :: es => e * W O + dot es (fun l => W (S l)) end.

Definition falling (W : nat -> R) (n : nat) : Prop := forall l, (S l < n)%nat -> W (S l) <= W l.

Lemma dot_sum (es : list R) (W : nat -> R) :
  dot es W = sum (fun l => nth l es 0 * W l) (seq 0 (length es)).
Proof.
  revert W. induction es as [| e es IH]; intros W; [reflexivity |].
  simpl. rewrite sum_cons, IH, <- seq_shift. f_equal.
  unfold sum. now rewrite map_map.
Qed.

Lemma dot_front (before after : list R) (a : R) (W : nat -> R) :
  (forall b, In b before -> a <= b) -> falling W (length (before ++ a :: after)) ->
  dot (a :: before ++ after) W <= dot (before ++ a :: after) W.
Proof.
  revert W. induction before as [| b before IH]; intros W L F; [simpl; lra |].
  simpl app. simpl dot.
  assert (I : dot (a :: before ++ after) (fun l => W (S l))
              <= dot (before ++ a :: after) (fun l => W (S l))).
  { apply IH; [intros c C; apply L; simpl; auto |]. intros l H. apply F. simpl. lia. }
  simpl dot in I. pose proof (L b (in_eq b before)) as A.
  assert (H : W 1%nat <= W 0%nat) by (apply F; simpl; rewrite app_length; simpl; lia).
  assert (0 <= (b - a) * (W 0%nat - W 1%nat)) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma rearrangement (sorted other : list R) (W : nat -> R) :
  StronglySorted Rle sorted -> Permutation sorted other -> falling W (length sorted) ->
  dot sorted W <= dot other W.
Proof.
  revert other W. induction sorted as [| a sorted IH]; intros other W S P F.
  { apply Permutation_nil in P. subst. apply Rle_refl. }
  apply StronglySorted_inv in S as [S L]. rewrite Forall_forall in L.
  destruct (in_split a other) as (before & after & ->); [eapply Permutation_in; eauto; apply in_eq |].
  apply Permutation_cons_app_inv in P.
  apply Rle_trans with (dot (a :: before ++ after) W).
  - simpl. apply Rplus_le_compat_l, IH; try assumption. intros l H. apply F. simpl. lia.
  - apply dot_front.
    + intros b B. apply L. eapply Permutation_in; [apply Permutation_sym; exact P |].
      apply in_or_app. now left.
    + apply Permutation_length in P. rewrite app_length in *. simpl in *.
      intros l H. apply F. simpl. lia.
Qed.

Lemma accumulated_dot (Lambda : nat -> R) (e : R -> R) (dials : list R) :
  accumulated Lambda (fun l => e (nth l dials 0)) (length dials)
  = dot (map e dials) (later Lambda (length dials)).
Proof.
  unfold accumulated. rewrite dot_sum, map_length. apply sum_ext. intros l I. apply in_seq in I.
  now rewrite (nth_indep (map e dials) 0 (e 0)), map_nth by (rewrite map_length; lia).
Qed.

Lemma sorted_map (rel : R -> R -> Prop) (e : R -> R) (dials : list R) :
  (forall a b, rel a b -> e a <= e b) -> StronglySorted rel dials -> StronglySorted Rle (map e dials).
Proof.
  intros M S. induction S as [| a dials S IH L]; simpl; constructor; auto.
  rewrite Forall_forall in *. intros b B. apply in_map_iff in B as (c & <- & C). auto.
Qed.

Theorem increasing_is_least (Lambda : nat -> R) (e : R -> R) (dials other : list R) :
  (forall a b, a <= b -> e a <= e b) ->
  (forall k, (1 <= k < length dials)%nat -> 1 <= Lambda k) ->
  StronglySorted Rle dials -> Permutation dials other ->
  accumulated Lambda (fun l => e (nth l dials 0)) (length dials)
  <= accumulated Lambda (fun l => e (nth l other 0)) (length other).
Proof.
  intros M L Q P. rewrite !accumulated_dot, <- (Permutation_length P).
  apply rearrangement; [now apply (sorted_map Rle) | now apply Permutation_map |].
  rewrite map_length. intros l H. rewrite (later_front _ _ l) by assumption.
  assert (0 <= later Lambda (length dials) (S l))
    by (apply later_nonneg; intros k K; specialize (L k K); lra).
  specialize (L (S l) ltac:(lia)). nra.
Qed.

Lemma dot_opposite (es : list R) (W : nat -> R) :
  dot (map Ropp es) (fun l => - W l) = dot es W.
Proof.
  revert W. induction es as [| e es IH]; intros W; simpl; [reflexivity |].
  rewrite (IH (fun l => W (S l))). ring.
Qed.

Theorem decreasing_is_least (Lambda : nat -> R) (e : R -> R) (dials other : list R) :
  (forall a b, a <= b -> e a <= e b) ->
  (forall k, (1 <= k < length dials)%nat -> 0 <= Lambda k <= 1) ->
  StronglySorted Rge dials -> Permutation dials other ->
  accumulated Lambda (fun l => e (nth l dials 0)) (length dials)
  <= accumulated Lambda (fun l => e (nth l other 0)) (length other).
Proof.
  intros M L Q P. rewrite !accumulated_dot, <- (Permutation_length P).
  rewrite <- (dot_opposite (map e dials)), <- (dot_opposite (map e other)), !map_map.
  apply rearrangement.
  - apply (sorted_map Rge); [| assumption]. intros a b G. apply Ropp_le_contravar, M.
    now apply Rge_le.
  - now apply Permutation_map.
  - rewrite map_length. intros l H. apply Ropp_le_contravar.
    rewrite (later_front _ _ l) by assumption.
    assert (0 <= later Lambda (length dials) (S l))
      by (apply later_nonneg; intros k K; apply L; assumption).
    specialize (L (S l) ltac:(lia)). nra.
Qed.

(* two layers, the second of which halves distances: first 1 and then 0 is better than 0 and 1 *)
Theorem contracting_fails :
  accumulated (fun _ => 1 / 2) (fun l => tanh (nth l [1; 0] 0)) 2
  < accumulated (fun _ => 1 / 2) (fun l => tanh (nth l [0; 1] 0)) 2.
Proof.
  assert (Z : tanh 0 = 0) by (unfold tanh; rewrite sinh_0; unfold Rdiv; ring).
  assert (0 < tanh 1).
  { unfold tanh, sinh, cosh. pose proof (exp_increasing (Ropp 1) 1 ltac:(lra)).
    pose proof (exp_pos (Ropp 1)). apply Rdiv_lt_0_compat; lra. }
  rewrite <- !accumulated_sum. simpl. rewrite Z. lra.
Qed.

(* ---- schedules ---- *)

Definition schedule (most beta : R) (depth l : nat) : R :=
  most * Rpower (INR (S l) / INR depth) beta.

Lemma steeper_is_lower (most beta beta' : R) (depth l : nat) :
  0 <= most -> beta <= beta' -> (l < depth)%nat ->
  schedule most beta' depth l <= schedule most beta depth l.
Proof.
  intros M B L. apply Rmult_le_compat_l; [assumption |]. unfold Rpower. apply exp_le.
  assert (0 < INR (S l) <= INR depth) by (split; [apply lt_0_INR | apply le_INR]; lia).
  assert (ln (INR (S l) / INR depth) <= 0).
  { rewrite ln_quotient by lra. assert (ln (INR (S l)) <= ln (INR depth)); [| lra].
    apply ln_le_iff; lra. }
  nra.
Qed.

Theorem steeper_is_less (Lambda : nat -> R) (e : R -> R) (most beta beta' : R) (depth : nat) :
  (forall l, (l < depth)%nat -> 0 <= Lambda l) -> (forall a b, a <= b -> e a <= e b) ->
  0 <= most -> beta <= beta' ->
  accumulated Lambda (fun l => e (schedule most beta' depth l)) depth
  <= accumulated Lambda (fun l => e (schedule most beta depth l)) depth.
Proof.
  intros N M P B. apply accumulated_le; [assumption |]. intros l L.
  apply M. now apply steeper_is_lower.
Qed.

(* attained: two runs of one real number, which every layer multiplies by Lambda l and f moves by e l *)
Theorem deviation_attained (Lambda e : nat -> R) (depth : nat) :
  run (fun l x => Lambda l * x + e l) 0 depth - run (fun l x => Lambda l * x) 0 depth
  = accumulated Lambda e depth.
Proof.
  rewrite <- accumulated_sum. induction depth as [| l IH]; simpl; [ring |]. rewrite <- IH. ring.
Qed.
