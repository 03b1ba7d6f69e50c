from .bundled import breast_cancer as breast_cancer
from .bundled import diabetes as diabetes
from .bundled import digits as digits
from .bundled import iris as iris
from .bundled import wine as wine
from .cache import cached as cached
from .dataset import Dataset as Dataset
from .dataset import Split as Split
from .dataset import from_arrays as from_arrays
from .dataset import from_splits as from_splits
from .fingerprint import fingerprint_of as fingerprint_of
from .functions import NamedFunction as NamedFunction
from .functions import function_1d as function_1d
from .functions import functions_1d as functions_1d
from .image_sets import cifar10 as cifar10
from .image_sets import fashion_mnist as fashion_mnist
from .image_sets import mnist as mnist
from .mnist1d_sets import mnist1d as mnist1d
from .mnist1d_sets import mnist1d_label_draw as mnist1d_label_draw
from .randomness import generator as generator
from .teachers import linear_teacher as linear_teacher
from .teachers import relu_teacher as relu_teacher
from .teachers import relu_teacher_layers as relu_teacher_layers
from .teachers import teacher_weights as teacher_weights

__all__ = [
    "Dataset",
    "NamedFunction",
    "Split",
    "breast_cancer",
    "cached",
    "cifar10",
    "diabetes",
    "digits",
    "fashion_mnist",
    "fingerprint_of",
    "from_arrays",
    "from_splits",
    "function_1d",
    "functions_1d",
    "generator",
    "iris",
    "linear_teacher",
    "mnist",
    "mnist1d",
    "mnist1d_label_draw",
    "relu_teacher",
    "relu_teacher_layers",
    "teacher_weights",
    "wine",
]
