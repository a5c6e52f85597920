(* The headlines on recruitment, restated with library definitions and the words of Statements.v. *)
Require Import Reals List Bool.
From Locality Require Import Functions Bounds Statements.
From Locality Require Sums Recruitment.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

Definition product {I} (f : I -> R) (axes : list I) : R := fold_right Rmult 1 (map f axes).

(* a Gaussian block: y are a point's coordinates along the eigenvectors of its covariance, from its
   mean, and e the eigenvalues *)
Definition gaussian (y e : R) : R := exp (- (y ^ 2 / (2 * e))) / sqrt (2 * PI * e).
Definition density {I} (axes : list I) (y e : I -> R) : R :=
  product (fun i => gaussian (y i) (e i)) axes.
Definition mixture {G K I} (axes : list I) (blocks : list G) (w : G -> R) (e : G -> I -> R)
    (y : G -> K -> I -> R) (x : K) : R :=
  total (fun g => w g * density axes (y g x) (e g)) blocks.
Definition data_bits {G K I} (points : list K) (axes : list I) (blocks : list G) (w : G -> R)
    (e : G -> I -> R) (y : G -> K -> I -> R) : R :=
  total (fun x => - (ln (mixture axes blocks w e y x) / ln 2)) points.

(* rounds in which a block was recruited; in the others the blocks were fitted again *)
Definition recruited (recruits : nat -> bool) (rounds : nat) : R :=
  INR (length (filter recruits (seq 0 rounds))).

(* accepts the first proposal that saves eta; true if the last scan found none *)
Definition saves {G} (J : G -> R) (eta : R) (here there : G) : bool :=
  if Rle_dec (J there) (J here - eta) then true else false.
Fixpoint search {G} (J : G -> R) (proposals : G -> list G) (eta : R) (fuel : nat) (g : G) : G * bool :=
  match fuel with
  | O => (g, false)
  | S fuel => match find (saves J eta g) (proposals g) with
              | None => (g, true)
              | Some there => search J proposals eta fuel there
              end
  end.

(* ---- recruitment ---- *)

(* blocks, weights, eigenvalues and coordinates are those after the last round *)
Theorem headline_recruitment {G K I} (points : list K) (axes : list I) (blocks : list G) (w : G -> R)
    (e : G -> I -> R) (y : G -> K -> I -> R) (J : nat -> R) (recruits : nat -> bool) (rounds : nat)
    (eta sigma2 : R) (saving : 0 < eta)
    (variances : 0 < sigma2 /\ forall g i, In g blocks -> In i axes -> sigma2 <= e g i)
    (weights : blocks <> [] /\ (forall g, In g blocks -> 0 < w g) /\ total w blocks <= 1)
    (model : 0 <= J rounds - data_bits points axes blocks w e y)
    (rule : forall t, (t < rounds)%nat -> J (S t) <= J t - (if recruits t then eta else 0)) :
  recruited recruits rounds <= recruitment_bound (J O) eta (count points) (count axes) sigma2.
Proof.
  destruct variances as [least wide], weights as (present & positive & whole).
  apply (Recruitment.recruitments_le_bound J recruits eta _ _ _ rounds); try assumption.
  apply Rle_trans with (data_bits points axes blocks w e y).
  - now apply Recruitment.data_bits_floor.
  - now apply Rge_le, Rminus_ge, Rle_ge.
Qed.

(* what points cost at least *)
Theorem headline_recruitment_floor {G K I} (points : list K) (axes : list I) (blocks : list G)
    (w : G -> R) (e : G -> I -> R) (y : G -> K -> I -> R) (sigma2 : R)
    (variances : 0 < sigma2 /\ forall g i, In g blocks -> In i axes -> sigma2 <= e g i)
    (weights : blocks <> [] /\ (forall g, In g blocks -> 0 < w g) /\ total w blocks <= 1) :
  count points * recruitment_floor_bound (count axes) sigma2 <= data_bits points axes blocks w e y.
Proof.
  destruct variances as [least wide], weights as (present & positive & whole).
  now apply Recruitment.data_bits_floor.
Qed.

(* attained by points at the mean of one block of least variance *)
Theorem headline_recruitment_sharp {K I} (points : list K) (axes : list I) (sigma2 : R)
    (least : 0 < sigma2) :
  data_bits points axes [tt] (fun _ => 1) (fun _ _ => sigma2) (fun _ _ _ => 0)
  = count points * recruitment_floor_bound (count axes) sigma2.
Proof. now apply Recruitment.data_bits_at_peak. Qed.

(* more scans than the bound allows recruitments, and the search has ended where nothing saves eta *)
Theorem headline_recruitment_scan {G} (J : G -> R) (proposals : G -> list G) (eta floor : R)
    (scans : nat) (start : G) (saving : 0 < eta) (bounded : forall g, floor <= J g)
    (enough : (J start - floor) / eta < INR scans) :
  let found := fst (search J proposals eta scans start) in
  snd (search J proposals eta scans start) = true /\
  forall p, In p (proposals found) -> J p > J found - eta.
Proof. now apply (Recruitment.search_ends J proposals eta floor). Qed.

(* without a least variance a point costs as few bits as one likes *)
Theorem headline_recruitment_boundary (bits : R) :
  exists sigma2, 0 < sigma2 /\
    data_bits [tt] [tt] [tt] (fun _ => 1) (fun _ _ => sigma2) (fun _ _ _ => 0) < bits.
Proof. apply Recruitment.narrow_fails. Qed.

(* refits that may raise J let recruitments save eta for ever *)
Theorem headline_recruitment_refits (eta most : R) (saving : 0 < eta) :
  exists (J : nat -> R) (rounds : nat),
    (forall t, 0 <= J t <= eta) /\
    (forall t, Nat.even t = true -> J (S t) <= J t - eta) /\
    recruited Nat.even rounds > most.
Proof. now apply Recruitment.refits_fail. Qed.
