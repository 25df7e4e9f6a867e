"""Relevance in plain float64 matrices, neuron by neuron: what `intonation.lrp.lrp` must equal.

Nothing here is taken from the package but the network's weights. Every layer is one dense matrix
over frames and channels; every rule shares a neuron's relevance among its summands, one by one.
"""

import numpy as np


def conv_matrix(shifted, frames):
    """Dense matrix [frames x out, frames x in] of a padded convolution, and its bias."""
    weight = shifted.conv.weight.detach().numpy()
    (left, _), dilation = shifted.pad.padding, shifted.conv.dilation[0]
    out_channels, in_channels, size = weight.shape
    matrix = np.zeros((frames, out_channels, frames, in_channels))
    for frame in range(frames):
        for tap in range(size):
            source = frame - left + tap * dilation
            if 0 <= source < frames:
                matrix[frame, :, source, :] += weight[:, :, tap]
    matrix = matrix.reshape(frames * out_channels, frames * in_channels)
    return matrix, np.tile(shifted.conv.bias.detach().numpy(), frames)


def pointwise_matrix(layer, frames):
    weight = layer.weight.detach().numpy()[:, :, 0]
    return np.kron(np.eye(frames), weight), np.tile(layer.bias.detach().numpy(), frames)


def norm_scale_and_shift(norm, frames):
    gamma, beta = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    scale = gamma / np.sqrt(norm.running_var.numpy() + norm.eps)
    return np.tile(scale, frames), np.tile(beta - scale * norm.running_mean.numpy(), frames)


def block_layers(block, frames):
    """Convolution and batch norm as one matrix, twice."""
    layers = []
    for conv, norm in ((block.conv1, block.norm1), (block.conv2, block.norm2)):
        matrix, bias = conv_matrix(conv, frames)
        scale, shift = norm_scale_and_shift(norm, frames)
        layers.append((scale[:, None] * matrix, scale * bias + shift))
    return layers


# --- how a neuron shares out its relevance; summands: [inputs, bias] --------------------------


def z_shares(summands):
    return summands / summands.sum()


def epsilon_shares(summands, epsilon):
    z = summands.sum()
    return summands / (z + epsilon * np.sign(z))


def gamma_shares(summands, gamma):
    own_sign = summands * np.sign(summands.sum()) > 0
    favoured = summands + gamma * np.where(own_sign, summands, 0)
    return favoured / favoured.sum()


def alpha_beta_shares(summands, beta):
    own_sign = summands * np.sign(summands.sum()) > 0
    own, other = np.where(own_sign, summands, 0), np.where(own_sign, 0, summands)
    if other.sum() == 0:
        return own / own.sum()
    return (1 + beta) * own / own.sum() - beta * other / other.sum()


SHARES = {
    "z": z_shares,
    "z_box": z_shares,
    "epsilon": lambda summands: epsilon_shares(summands, 0.01),
    "gamma": lambda summands: gamma_shares(summands, 0.25),
    "alpha_beta": lambda summands: alpha_beta_shares(summands, 1.0),
}


def hand_down(shares, matrix, bias, below, relevance):
    """Relevance of the neurons below, and what stays with the bias (or is kept back)."""
    down = np.zeros_like(below)
    for neuron in np.flatnonzero(relevance):
        summands = np.append(matrix[neuron] * below, bias[neuron])
        down += relevance[neuron] * shares(summands)[:-1]
    return down, relevance.sum() - down.sum()


def hand_to_bounded_inputs(matrix, below, relevance):
    """The first layer's rule for inputs between 0 and 1: R_i ~ x_i w_i - min(w_i, 0)."""
    down = np.zeros_like(below)
    for neuron in np.flatnonzero(relevance):
        summands = matrix[neuron] * below - np.minimum(matrix[neuron], 0)
        if summands.sum():
            down += relevance[neuron] * summands / summands.sum()
    return down, relevance.sum() - down.sum()


def forward(model, item):
    """Every layer's matrix, bias and input: first, blocks, dense, output; and the output."""
    frames = len(item.frame_to_phone)
    x0 = item.answers[item.frame_to_phone].astype(float)
    if model.config.uses_vuv:
        x0 = np.column_stack([x0, item.voiced.astype(float)])
    weight, bias = (p.detach().numpy() for p in (model.project.weight, model.project.bias))
    first = (np.kron(np.eye(frames), weight), np.tile(bias, frames), x0.ravel())
    x = first[0] @ first[2] + first[1]
    blocks, skips = [], np.zeros(len(x))
    for block in model.blocks:
        layers, y = [], x
        for matrix, shift in block_layers(block, frames):
            layers.append((matrix, shift, y))
            y = np.maximum(matrix @ y + shift, 0)
        blocks.append((layers, x, y))
        x, skips = np.maximum(x + y, 0), skips + y
    skipped = np.maximum(skips, 0)
    dense = (*pointwise_matrix(model.dense, frames), skipped)
    output = (*pointwise_matrix(model.output, frames), np.maximum(dense[0] @ skipped + dense[1], 0))
    predicted = output[0] @ output[2] + output[1]
    if model.config.target == "log_f0":
        predicted = np.maximum(predicted, 0)
    return first, blocks, dense, output, predicted


def explain(model, item, chosen, rule="z"):
    """Relevance [frames, inputs], what was absorbed, and the explained output."""
    first, blocks, dense, output, predicted = forward(model, item)
    kept = []

    def down(layer, relevance, shares=SHARES[rule]):
        relevance, lost = hand_down(shares, *layer, relevance)
        kept.append(lost)
        return relevance

    # the last layer has no ReLU: its outputs have either sign, so it always takes LRP-0
    last = SHARES["epsilon"] if rule == "epsilon" else z_shares
    relevance = down(dense, down(output, predicted * chosen, last))
    skips = dense[2]
    of_skips = np.divide(relevance, skips, out=np.zeros_like(skips), where=skips != 0)
    later = np.zeros(len(skips))  # relevance of a block's output, from the blocks above it
    for layers, below, y in reversed(blocks):
        total = below + y
        ratio = np.divide(later, total, out=np.zeros_like(total), where=later != 0)
        relevance = y * (ratio + of_skips)  # sums share out in proportion to their summands
        for layer in reversed(layers):
            relevance = down(layer, relevance)
        later = relevance + below * ratio
    if rule == "z_box":
        values, lost = hand_to_bounded_inputs(first[0], first[2], later)
        kept.append(lost)
    else:
        values = down(first, later)
    frames = len(item.frame_to_phone)
    return values.reshape(frames, -1), sum(kept), float((predicted * chosen).sum())
