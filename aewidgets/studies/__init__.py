"""Studies: pure functions from models, codecs and images to frozen results. No drawing, no widgets.

The public names of all studies are at hand here, as in `aewidgets.studies.encode_map`, and each loads its module on
first use: importing this package imports neither Keras nor NumPy. Figures of results are in `aewidgets.studies.plots`.
"""

from typing import TYPE_CHECKING

from aewidgets.system.lazy_names import lazy_names

if TYPE_CHECKING:  # the same names for type checkers and editors; a test holds both lists together
    from aewidgets.classical.codes.mixture import fit_mixture as fit_mixture
    from aewidgets.models.cost import multiplications as multiplications
    from aewidgets.studies.comparison import FittedPicture as FittedPicture
    from aewidgets.studies.comparison import PairFigures as PairFigures
    from aewidgets.studies.comparison import compare_pair as compare_pair
    from aewidgets.studies.comparison import fit_pictures as fit_pictures
    from aewidgets.studies.explanation.deletion import Deletion as Deletion
    from aewidgets.studies.explanation.deletion import deletion as deletion
    from aewidgets.studies.explanation.maps import Explanation as Explanation
    from aewidgets.studies.explanation.maps import explain as explain
    from aewidgets.studies.explanation.maps import explanation_methods as explanation_methods
    from aewidgets.studies.explanation.randomisation import Randomisation as Randomisation
    from aewidgets.studies.explanation.randomisation import randomisation as randomisation
    from aewidgets.studies.explanation.summary import LayerSummary as LayerSummary
    from aewidgets.studies.explanation.summary import layer_activations as layer_activations
    from aewidgets.studies.explanation.summary import summarise_layers as summarise_layers
    from aewidgets.studies.explanation.surrogates import Branch as Branch
    from aewidgets.studies.explanation.surrogates import Surrogate as Surrogate
    from aewidgets.studies.explanation.surrogates import fit_surrogate as fit_surrogate
    from aewidgets.studies.explanation.targets import Target as Target
    from aewidgets.studies.explanation.targets import target_values as target_values
    from aewidgets.studies.explanation.verdicts import Verdict as Verdict
    from aewidgets.studies.explanation.verdicts import check_sum as check_sum
    from aewidgets.studies.latent.disentanglement import Disentanglement as Disentanglement
    from aewidgets.studies.latent.disentanglement import mutual_information_gap as mutual_information_gap
    from aewidgets.studies.latent.disentanglement import shape_factors as shape_factors
    from aewidgets.studies.latent.map import LatentMap as LatentMap
    from aewidgets.studies.latent.map import Outliers as Outliers
    from aewidgets.studies.latent.map import encode_map as encode_map
    from aewidgets.studies.latent.map import outliers as outliers
    from aewidgets.studies.latent.map import reconstruction_errors as reconstruction_errors
    from aewidgets.studies.latent.paths import Neighbours as Neighbours
    from aewidgets.studies.latent.paths import attribute_vector as attribute_vector
    from aewidgets.studies.latent.paths import grid as grid
    from aewidgets.studies.latent.paths import interpolate as interpolate
    from aewidgets.studies.latent.paths import neighbours as neighbours
    from aewidgets.studies.latent.paths import walk as walk
    from aewidgets.studies.latent.samples import Mixture as Mixture
    from aewidgets.studies.latent.samples import Samples as Samples
    from aewidgets.studies.latent.samples import sample as sample
    from aewidgets.studies.rate.bd_rates import AgainstAnchor as AgainstAnchor
    from aewidgets.studies.rate.bd_rates import BDRate as BDRate
    from aewidgets.studies.rate.bd_rates import against_anchor as against_anchor
    from aewidgets.studies.rate.bd_rates import bd_rate as bd_rate
    from aewidgets.studies.rate.cost import codec_multiplications as codec_multiplications
    from aewidgets.studies.rate.curves import CodecCurve as CodecCurve
    from aewidgets.studies.rate.curves import Measurement as Measurement
    from aewidgets.studies.rate.curves import Point as Point
    from aewidgets.studies.rate.equal_size import Decoded as Decoded
    from aewidgets.studies.rate.equal_size import decode_at as decode_at
    from aewidgets.studies.rate.equal_size import equal_psnr as equal_psnr
    from aewidgets.studies.rate.equal_size import equal_size as equal_size
    from aewidgets.studies.rate.equal_size import largest_gap as largest_gap
    from aewidgets.studies.rate.operating_points import Bits as Bits
    from aewidgets.studies.rate.operating_points import CodecChoice as CodecChoice
    from aewidgets.studies.rate.operating_points import OperatingPoint as OperatingPoint
    from aewidgets.studies.rate.operating_points import bits_of as bits_of
    from aewidgets.studies.rate.operating_points import codec_menu as codec_menu
    from aewidgets.studies.rate.operating_points import judged as judged
    from aewidgets.studies.rate.operating_points import operating_point as operating_point
    from aewidgets.studies.rate.rate_distortion import RateDistortion as RateDistortion
    from aewidgets.studies.rate.rate_distortion import rate_distortion as rate_distortion
    from aewidgets.studies.restoration.corrupted import CorruptedSubject as CorruptedSubject
    from aewidgets.studies.restoration.corrupted import corrupt_subject as corrupt_subject
    from aewidgets.studies.restoration.denoisers import Denoising as Denoising
    from aewidgets.studies.restoration.denoisers import compare_denoisers as compare_denoisers
    from aewidgets.studies.restoration.denoisers import standard_error as standard_error
    from aewidgets.studies.restoration.levels import CorruptionChoice as CorruptionChoice
    from aewidgets.studies.restoration.levels import LevelPoint as LevelPoint
    from aewidgets.studies.restoration.levels import corruption_choices as corruption_choices
    from aewidgets.studies.restoration.levels import measure_level as measure_level
    from aewidgets.studies.restoration.levels import middle_crop as middle_crop
    from aewidgets.studies.restoration.levels import middle_crops as middle_crops
    from aewidgets.studies.restoration.levels import where_they_differ as where_they_differ
    from aewidgets.studies.restoration.own import OwnPicture as OwnPicture
    from aewidgets.studies.restoration.own import open_own as open_own
    from aewidgets.studies.restoration.own import repair_own as repair_own
    from aewidgets.studies.restoration.points import DenoisePoint as DenoisePoint
    from aewidgets.studies.restoration.points import MethodChoice as MethodChoice
    from aewidgets.studies.restoration.points import denoise_point as denoise_point
    from aewidgets.studies.restoration.points import label_of as label_of
    from aewidgets.studies.restoration.points import method_choices as method_choices
    from aewidgets.studies.restoration.restorers import Case as Case
    from aewidgets.studies.restoration.restorers import Restoration as Restoration
    from aewidgets.studies.restoration.restorers import compare_restorers as compare_restorers
    from aewidgets.studies.shrinking import Runtime as Runtime
    from aewidgets.studies.shrinking import ShrunkPoint as ShrunkPoint
    from aewidgets.studies.shrinking import compare_shrunk as compare_shrunk
    from aewidgets.studies.shrinking import shrinking_inputs as shrinking_inputs
    from aewidgets.studies.subjects import Subject as Subject
    from aewidgets.studies.subjects import Window as Window
    from aewidgets.studies.subjects import bundled_names as bundled_names
    from aewidgets.studies.subjects import bundled_subject as bundled_subject
    from aewidgets.studies.subjects import open_subject as open_subject
    from aewidgets.training.diagnosis import kl_units as kl_units

PUBLIC: dict[str, str] = {
    # Subjects: pictures that studies look at.
    "Subject": "aewidgets.studies.subjects",
    "Window": "aewidgets.studies.subjects",
    "bundled_names": "aewidgets.studies.subjects",
    "bundled_subject": "aewidgets.studies.subjects",
    "open_subject": "aewidgets.studies.subjects",
    # Given pictures beside each other.
    "FittedPicture": "aewidgets.studies.comparison",
    "PairFigures": "aewidgets.studies.comparison",
    "compare_pair": "aewidgets.studies.comparison",
    "fit_pictures": "aewidgets.studies.comparison",
    # Rate against distortion: files at an operating point, curves, and codecs held against each other.
    "RateDistortion": "aewidgets.studies.rate.rate_distortion",
    "rate_distortion": "aewidgets.studies.rate.rate_distortion",
    "CodecCurve": "aewidgets.studies.rate.curves",
    "Measurement": "aewidgets.studies.rate.curves",
    "Point": "aewidgets.studies.rate.curves",
    "AgainstAnchor": "aewidgets.studies.rate.bd_rates",
    "BDRate": "aewidgets.studies.rate.bd_rates",
    "against_anchor": "aewidgets.studies.rate.bd_rates",
    "bd_rate": "aewidgets.studies.rate.bd_rates",
    "Bits": "aewidgets.studies.rate.operating_points",
    "CodecChoice": "aewidgets.studies.rate.operating_points",
    "OperatingPoint": "aewidgets.studies.rate.operating_points",
    "bits_of": "aewidgets.studies.rate.operating_points",
    "codec_menu": "aewidgets.studies.rate.operating_points",
    "judged": "aewidgets.studies.rate.operating_points",
    "operating_point": "aewidgets.studies.rate.operating_points",
    "Decoded": "aewidgets.studies.rate.equal_size",
    "decode_at": "aewidgets.studies.rate.equal_size",
    "equal_psnr": "aewidgets.studies.rate.equal_size",
    "equal_size": "aewidgets.studies.rate.equal_size",
    "largest_gap": "aewidgets.studies.rate.equal_size",
    "codec_multiplications": "aewidgets.studies.rate.cost",
    # Restoration: corrupted pictures, and what methods make of them.
    "CorruptedSubject": "aewidgets.studies.restoration.corrupted",
    "corrupt_subject": "aewidgets.studies.restoration.corrupted",
    "DenoisePoint": "aewidgets.studies.restoration.points",
    "MethodChoice": "aewidgets.studies.restoration.points",
    "denoise_point": "aewidgets.studies.restoration.points",
    "label_of": "aewidgets.studies.restoration.points",
    "method_choices": "aewidgets.studies.restoration.points",
    "CorruptionChoice": "aewidgets.studies.restoration.levels",
    "LevelPoint": "aewidgets.studies.restoration.levels",
    "corruption_choices": "aewidgets.studies.restoration.levels",
    "measure_level": "aewidgets.studies.restoration.levels",
    "middle_crop": "aewidgets.studies.restoration.levels",
    "middle_crops": "aewidgets.studies.restoration.levels",
    "where_they_differ": "aewidgets.studies.restoration.levels",
    "Denoising": "aewidgets.studies.restoration.denoisers",
    "compare_denoisers": "aewidgets.studies.restoration.denoisers",
    "standard_error": "aewidgets.studies.restoration.denoisers",
    "OwnPicture": "aewidgets.studies.restoration.own",
    "open_own": "aewidgets.studies.restoration.own",
    "repair_own": "aewidgets.studies.restoration.own",
    "Case": "aewidgets.studies.restoration.restorers",
    "Restoration": "aewidgets.studies.restoration.restorers",
    "compare_restorers": "aewidgets.studies.restoration.restorers",
    # Smaller models beside the original, in Keras and in other runtimes.
    "ShrunkPoint": "aewidgets.studies.shrinking",
    "Runtime": "aewidgets.studies.shrinking",
    "compare_shrunk": "aewidgets.studies.shrinking",
    "shrinking_inputs": "aewidgets.studies.shrinking",
    # Latent spaces: maps of codes, ways through them, samples, and what their numbers tell.
    "LatentMap": "aewidgets.studies.latent.map",
    "Outliers": "aewidgets.studies.latent.map",
    "encode_map": "aewidgets.studies.latent.map",
    "outliers": "aewidgets.studies.latent.map",
    "reconstruction_errors": "aewidgets.studies.latent.map",
    "Neighbours": "aewidgets.studies.latent.paths",
    "attribute_vector": "aewidgets.studies.latent.paths",
    "grid": "aewidgets.studies.latent.paths",
    "interpolate": "aewidgets.studies.latent.paths",
    "neighbours": "aewidgets.studies.latent.paths",
    "walk": "aewidgets.studies.latent.paths",
    "Mixture": "aewidgets.studies.latent.samples",
    "Samples": "aewidgets.studies.latent.samples",
    "fit_mixture": "aewidgets.classical.codes.mixture",
    "sample": "aewidgets.studies.latent.samples",
    "Disentanglement": "aewidgets.studies.latent.disentanglement",
    "mutual_information_gap": "aewidgets.studies.latent.disentanglement",
    "shape_factors": "aewidgets.studies.latent.disentanglement",
    "kl_units": "aewidgets.training.diagnosis",
    # Explanations: what a target of an autoencoder depends on, what its maps are worth, and its layers.
    "Target": "aewidgets.studies.explanation.targets",
    "target_values": "aewidgets.studies.explanation.targets",
    "Explanation": "aewidgets.studies.explanation.maps",
    "explain": "aewidgets.studies.explanation.maps",
    "explanation_methods": "aewidgets.studies.explanation.maps",
    "Verdict": "aewidgets.studies.explanation.verdicts",
    "check_sum": "aewidgets.studies.explanation.verdicts",
    "Deletion": "aewidgets.studies.explanation.deletion",
    "deletion": "aewidgets.studies.explanation.deletion",
    "Randomisation": "aewidgets.studies.explanation.randomisation",
    "randomisation": "aewidgets.studies.explanation.randomisation",
    "Branch": "aewidgets.studies.explanation.surrogates",
    "Surrogate": "aewidgets.studies.explanation.surrogates",
    "fit_surrogate": "aewidgets.studies.explanation.surrogates",
    "LayerSummary": "aewidgets.studies.explanation.summary",
    "layer_activations": "aewidgets.studies.explanation.summary",
    "summarise_layers": "aewidgets.studies.explanation.summary",
    # Cost of a network.
    "multiplications": "aewidgets.models.cost",
}

__getattr__, __dir__ = lazy_names(__name__, PUBLIC)
